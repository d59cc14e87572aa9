/** What each benchmark measures on: a server of its own on a disk, and databases full of made-up projects in it. */
import { tmpdir } from 'node:os';
import { connect, type Sql } from '../../src/db/connection.ts';
import { seedDemo } from '../../src/demo/seed.ts';
import { loadMigrations, migrate } from '../../src/schema/migrator.ts';
import { startServer } from '../support/servers/own-server.ts';
import { withDatabase } from '../support/servers/postgres-server.ts';

export const startBenchServer = () =>
  startServer({ shared_buffers: '1GB', max_wal_size: '8GB', max_connections: '50' }, tmpdir());

/** With one connection, the default, settings stay and every statement finds its plan. */
export async function fillDatabase(
  serverUrl: string,
  name: string,
  projects: number,
  connections = 1,
): Promise<{ sql: Sql; url: string; version: string }> {
  const admin = connect(serverUrl, { max: 1 });
  await admin`CREATE DATABASE ${admin(name)}`;
  await admin.end();
  const url = withDatabase(serverUrl, name);
  const sql = connect(url, { max: connections });
  await migrate(sql, await loadMigrations());
  await seedDemo(sql, { projects, seed: 1 });
  await sql.unsafe('VACUUM ANALYZE');
  const [{ version }] = await sql<[{ version: string }]>`SELECT current_setting('server_version') AS version`;
  return { sql, url, version };
}
