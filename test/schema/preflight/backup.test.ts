/** What counts as a backup before a migration: one that `rollback --to` would take, made within the hour. */
import { appendFile, copyFile, mkdtemp, open, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { backup } from '../../../src/schema/backup.ts';
import { type DumpFacts, factsFileOf, measure } from '../../../src/schema/dump-file.ts';
import { checkBackup } from '../../../src/schema/preflight/backup.ts';
import { createDatabase, type TestDatabase } from '../../support/servers/database.ts';
import { itWithTools, PATH, server } from '../../support/servers/postgres-tools.ts';

const MINUTE_MS = 60_000;
const now = Date.now();
let database: TestDatabase;
let folder: string;
let file: string;

beforeEach(async () => {
  database = await createDatabase();
  folder = await mkdtemp(join(tmpdir(), 'preflight-backup-'));
  file = join(folder, 'b.dump');
});
afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
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

itWithTools('is what the command backup makes', async () => {
  const made = new Date(now - 59 * MINUTE_MS);
  await backup(database.sql, { file, path: PATH, now: made, signal: new AbortController().signal });
  expect(await check()).toMatchObject({ status: 'ok' });
});

it('is good when it is whole, of this database, and younger than an hour', async () => {
  await backUp({ minutesAgo: 59 });
  expect(await check()).toMatchObject({
    status: 'ok',
    detail: expect.stringMatching(/is whole, .* 59 minutes old and [\d,]+ bytes large\./),
  });
});

it('is damaged when bytes differ, however many there are', async () => {
  await backUp();
  const handle = await open(file, 'r+');
  await handle.write('xxxx', (await handle.stat()).size - 100);
  await handle.close();
  expect(await check()).toMatchObject({ status: 'failed', detail: expect.stringContaining('is damaged') });
  await appendFile(file, 'more');
  expect(await check()).toMatchObject({ status: 'failed', detail: expect.stringContaining('is damaged') });
});

it('is as old as it says, however new the copy is', async () => {
  await backUp({ minutesAgo: 61 });
  expect(await check()).toMatchObject({
    status: 'failed',
    detail: expect.stringContaining('61 minutes old'),
  });
});

it('was not made in the future', async () => {
  await backUp({ minutesAgo: -180 });
  expect(await check()).toMatchObject({ status: 'failed', detail: expect.stringMatching(/in the future/) });
});

it('is of this database', async () => {
  await backUp({ database: 'other' });
  expect(await check()).toMatchObject({
    status: 'failed',
    detail: expect.stringMatching(/is a dump of the database other, not of \w+\./),
  });
});

it('comes from no newer server than this one', async () => {
  await backUp({ serverVersion: '99.1' });
  expect(await check()).toMatchObject({
    status: 'failed',
    detail: expect.stringContaining('comes from PostgreSQL 99.1, which is newer'),
  });
});

it('without its .json can be checked only in part: it says what stays unknown', async () => {
  await backUp();
  await copyFile(file, join(folder, 'copy'));
  expect(await check(join(folder, 'copy'))).toMatchObject({
    status: 'warning',
    detail: expect.stringMatching(/copy\.json is missing .* whole, of which database, .* how old/),
    advice: expect.stringContaining('rollback --to'),
  });
  await utimes(join(folder, 'copy'), now / 1000, (now - 61 * MINUTE_MS) / 1000);
  expect(await check(join(folder, 'copy'))).toMatchObject({
    status: 'failed',
    detail: expect.stringContaining('61 minutes old'),
  });
  await utimes(join(folder, 'copy'), now / 1000, (now + 180 * MINUTE_MS) / 1000);
  expect(await check(join(folder, 'copy'))).toMatchObject({
    status: 'failed',
    detail: expect.stringContaining('in the future'),
  });
});

it('is a file, and one that pg_dump wrote in its custom format', async () => {
  await writeFile(file, 'db.example.org\n');
  expect(await check()).toMatchObject({
    status: 'failed',
    detail: expect.stringContaining('is no dump in the custom format of pg_dump'),
  });
  await writeFile(file, '');
  expect(await check()).toMatchObject({ status: 'failed', detail: expect.stringContaining('is no dump') });
  expect(await check(folder)).toMatchObject({
    status: 'failed',
    detail: expect.stringContaining('There is no file'),
  });
  expect(await check(join(folder, 'none'))).toMatchObject({
    status: 'failed',
    detail: expect.stringContaining('There is no file'),
  });
});

it('warns where none was named', async () => {
  expect(await checkBackup(database.sql, undefined, { now })).toMatchObject({ status: 'warning' });
});
