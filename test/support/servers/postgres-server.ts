import type { TestProject } from 'vitest/node';
import { connect } from '../../../src/db/connection.ts';
import { loadMigrations, migrate } from '../../../src/schema/migrator.ts';
import { startServer } from './own-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    serverUrl: string;
    templateDatabase: string;
    /** What CREATE DATABASE takes so that a copy of the template costs least. */
    copyStrategy: '' | 'STRATEGY file_copy';
  }
}

/** A test's database need neither survive a power cut nor be replicated. */
const SETTINGS = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_connections: '200',
  shared_buffers: '256MB',
  max_wal_size: '2GB',
};

/**
 * One real PostgreSQL for the whole run, and in it a migrated database that every test file clones: the server of
 * DATABASE_URL, or one of our own. TEST_POSTGRES_BIN chooses other binaries than those from npm for it.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = process.env['DATABASE_URL']
    ? given(process.env['DATABASE_URL'])
    : await startServer(SETTINGS);
  const templateDatabase = `stats_template_${process.pid}_${Date.now()}`;
  const admin = connect(server.url, { max: 1 });
  await admin`CREATE DATABASE ${admin(templateDatabase)}`;
  const template = connect(withDatabase(server.url, templateDatabase), { max: 1 });
  await migrate(template, await loadMigrations());
  const [{ version, logs }] = await template<[{ version: string; logs: boolean }]>`
    SELECT version(), current_setting('server_version_num')::integer >= 150000 AS logs`;
  await template.end();
  process.stdout.write(`Tests run on ${version.split(' on ')[0]}\n`);
  project.provide('serverUrl', server.url);
  project.provide('templateDatabase', templateDatabase);
  // Ours has nothing to wait for at a checkpoint. Before PostgreSQL 15 there is no other way.
  project.provide('copyStrategy', logs && !process.env['DATABASE_URL'] ? 'STRATEGY file_copy' : '');
  return async () => {
    await admin`DROP DATABASE IF EXISTS ${admin(templateDatabase)} WITH (FORCE)`;
    await admin.end();
    await server.stop();
  };
}

function given(url: string): { url: string; stop: () => Promise<void> } {
  return { url, stop: async () => {} };
}

export function withDatabase(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}
