/** An epoch is one life of the database: in another one the same revision may name other content (docs/guarantees.md). */
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, type Sql } from '../../../src/db/connection.ts';
import { invalidate } from '../../../src/engine/invalidate.ts';
import { refresh } from '../../../src/engine/refresh.ts';
import { loadMigrations, migrate } from '../../../src/schema/migrator.ts';
import { insertProject } from '../../support/application/projects.ts';
import { RestartableServer } from '../../support/servers/restartable-server.ts';
import { engineContext } from '../../support/service/engine-context.ts';

let server: RestartableServer;
let sql: Sql;

beforeAll(async () => {
  server = await RestartableServer.open();
  sql = connect(server.url);
  await migrate(sql, await loadMigrations());
}, 60_000);
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await server.close();
}, 60_000);

async function restart(meanwhile?: (dataDir: string) => Promise<unknown>): Promise<void> {
  await sql.end({ timeout: 1 });
  await server.restart('fast', meanwhile);
  sql = connect(server.url);
}
/** With owners and times. */
const copyTree = (from: string, to: string) => promisify(execFile)('cp', ['-a', from, to]);
const context = () => engineContext(sql);
/** The state after a change and its refresh. */
async function change(): Promise<{ epoch: string; revision: number }> {
  await insertProject(sql);
  await refresh(context());
  return state();
}
async function state(): Promise<{ epoch: string; revision: number }> {
  const [row] = await sql<[{ epoch: string; revision: number }]>`
    SELECT epoch, revision FROM dashboard_stats.state`;
  return row;
}

test('in one life the epoch stays, whatever is refreshed or invalidated', async () => {
  const { epoch, revision } = await change();
  expect(await change()).toEqual({ epoch, revision: revision + 1 });
  await invalidate(context(), undefined);
  expect((await state()).epoch).toBe(epoch);
});

test('a copy of the data directory that is put back begins a new epoch, and may count the same revisions again', async () => {
  await restart((dataDir) => copyTree(dataDir, `${dataDir}-copy`));
  const before = [await change(), await change()];
  await restart(async (dataDir) => {
    await rm(dataDir, { recursive: true });
    await copyTree(`${dataDir}-copy`, dataDir);
  });
  const after = [await change(), await change()];
  expect(after.map(({ revision }) => revision)).toEqual(before.map(({ revision }) => revision));
  const epochs = new Set([...before, ...after].map(({ epoch }) => epoch));
  expect(epochs.size).toBe(2);
});

test('a state row that comes from a dump begins a new epoch, also on the server that it was taken from', async () => {
  const { epoch } = await change();
  await sql.begin(async (tx) => {
    await tx`CREATE TEMPORARY TABLE dump AS SELECT * FROM dashboard_stats.state`;
    await tx`TRUNCATE dashboard_stats.state`;
    await tx`INSERT INTO dashboard_stats.state SELECT * FROM dump`;
  });
  // An invalidation issues revisions too.
  await invalidate(context(), undefined);
  expect((await state()).epoch).not.toBe(epoch);
});
