/** What counts as a backup before a migration: one that `rollback --to` would take, made within the hour. */
import { appendFile, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { backup } from '../../../src/schema/backup.ts';
import { type DumpFacts, factsFileOf, measure } from '../../../src/schema/dump-file.ts';
import { checkBackup } from '../../../src/schema/preflight/backup.ts';
import { eachTestGets } from '../../support/servers/database.ts';
import { folderForTest } from '../../support/servers/folder.ts';
import { itWithTools, PATH, server } from '../../support/servers/postgres-tools.ts';

const MINUTE_MS = 60_000;
const now = Date.now();
const database = eachTestGets('migrated');
let folder: string;
let file: string;

beforeEach(async () => {
  folder = await folderForTest();
  file = join(folder, 'b.dump');
});

const check = (name: string | undefined = file) => checkBackup(database.sql, name, { now });

/** What `backup` leaves, but for the content of the archive, which pg_restore alone understands. */
async function backUp({ minutesAgo = 0, ...facts }: Partial<DumpFacts> & { minutesAgo?: number } = {}) {
  await writeFile(file, `PGDMP${'of rows '.repeat(100)}`);
  const made: DumpFacts = {
    ...(await measure(file)),
    database: new URL(database.url).pathname.slice(1),
    serverVersion: server.version,
    pgDumpVersion: server.version,
    createdAt: new Date(now - minutesAgo * MINUTE_MS).toISOString(),
    ...facts,
  };
  await writeFile(factsFileOf(file), JSON.stringify(made));
}

itWithTools('a backup of the command `backup` passes', async () => {
  const made = new Date(now - 59 * MINUTE_MS);
  await backup(database.sql, { file, path: PATH, now: made, signal: new AbortController().signal });
  expect(await check()).toMatchObject({
    status: 'ok',
    detail: expect.stringMatching(/is whole, .* 59 minutes old and [\d,]+ bytes large\./),
  });
});

type Case = [what: string, prepare: () => Promise<unknown>, detail: RegExp, name?: () => string];

it.each<Case>([
  ['of an hour ago, however new the file is', () => backUp({ minutesAgo: 61 }), /61 minutes old/],
  [
    'of another database',
    () => backUp({ database: 'other' }),
    /is a dump of the database other, not of \w+\./,
  ],
  [
    'of a newer server',
    () => backUp({ serverVersion: '99.1' }),
    /comes from PostgreSQL 99.1, which is newer/,
  ],
  ['with other bytes', () => backUp().then(() => overwrite('xxxx')), /is damaged/],
  ['with more bytes', () => backUp().then(() => appendFile(file, 'more')), /is damaged/],
  ['without its .json', () => backUp().then(() => rm(`${file}.json`)), /b\.dump\.json is missing/],
  ['that is a folder', async () => {}, /There is no file/, () => folder],
  ['that is not there', async () => {}, /There is no file/],
])('a backup %s fails', async (_, prepare, detail, name = () => file) => {
  await prepare();
  expect(await check(name())).toMatchObject({ status: 'failed', detail: expect.stringMatching(detail) });
});

async function overwrite(bytes: string): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.write(bytes, (await handle.stat()).size - 100);
  await handle.close();
}

it('preflight warns where no backup is named', async () => {
  expect(await checkBackup(database.sql, undefined, { now })).toMatchObject({ status: 'warning' });
});
