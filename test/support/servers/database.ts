import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, inject } from 'vitest';
import { connect, type Sql } from '../../../src/db/connection.ts';
import { withDatabase } from './postgres-server.ts';

export interface TestDatabase {
  url: string;
  sql: Sql;
  drop(): Promise<void>;
}

/**
 * Gives each test of a file, or of the group that calls it, a fresh database.
 *
 * @param use called with it before each test
 * @returns that of the test that runs
 */
export function eachTestGets(
  template: 'empty' | 'migrated',
  use?: (database: TestDatabase) => void,
): TestDatabase {
  const database = {} as TestDatabase;
  beforeEach(async () => {
    Object.assign(database, await createDatabase({ template }));
    use?.(database);
  });
  afterEach(() => database.drop());
  return database;
}

/** A fresh database of a test's own: a clone of the migrated template, or an empty one. */
export async function createDatabase(
  options: { template?: 'empty' | 'migrated' } = {},
): Promise<TestDatabase> {
  const serverUrl = inject('serverUrl');
  const name = `stats_test_${randomBytes(6).toString('hex')}`;
  const admin = connect(serverUrl, { max: 1 });
  const template = options.template === 'empty' ? 'template0' : inject('templateDatabase');
  await admin`CREATE DATABASE ${admin(name)} TEMPLATE ${admin(template)}`;
  const url = withDatabase(serverUrl, name);
  const sql = connect(url);
  return {
    url,
    sql,
    drop: async () => {
      await sql.end({ timeout: 1 });
      await admin`DROP DATABASE IF EXISTS ${admin(name)} WITH (FORCE)`;
      await admin.end();
    },
  };
}

/** A setting of the database that `sql` is connected to; later connections have it. */
export async function alterDatabase(sql: Sql, setting: string): Promise<void> {
  const [{ name }] = await sql<[{ name: string }]>`SELECT quote_ident(current_database()) AS name`;
  await sql.unsafe(`ALTER DATABASE ${name} SET ${setting}`);
}
