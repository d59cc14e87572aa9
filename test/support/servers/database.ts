import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, inject, onTestFinished } from 'vitest';
import { type ConnectionOptions, connect, type Sql } from '../../../src/db/connection.ts';
import { withDatabase } from './postgres-server.ts';

type Template = 'empty' | 'migrated';

export interface TestDatabase {
  url: string;
  sql: Sql;
  drop(): Promise<void>;
}

/** Gives each test of a file, or of the group that calls it, a fresh database; returns that of the test that runs. */
export function eachTestGets(template: Template): TestDatabase {
  const { database, create } = databaseOfLater(template);
  beforeEach(create);
  afterEach(() => database.drop());
  return database;
}

/** Gives all tests of a file, or of the group that calls it, one database. */
export function allTestsGet(
  template: Template,
  prepare: (sql: Sql) => Promise<unknown> = async () => {},
): TestDatabase {
  const { database, create } = databaseOfLater(template);
  beforeAll(async () => {
    await create();
    await prepare(database.sql);
  });
  afterAll(() => database.drop());
  return database;
}

/** One value, whichever database it stands for, so that a file may take it apart once: const { sql } = eachTestGets(...). */
function databaseOfLater(template: Template) {
  const database = {} as TestDatabase;
  let current: Sql;
  const sql = new Proxy((() => {}) as unknown as Sql, {
    apply: (_, __, args: Parameters<Sql>) => current(...args),
    get: (_, name) => Reflect.get(current, name),
  });
  const create = async () => {
    const made = await createDatabase({ template });
    current = made.sql;
    Object.assign(database, made, { sql });
  };
  return { database: Object.assign(database, { sql }), create };
}

const serverUrl = inject('serverUrl');
/** For all files of a process: a connection costs as much as a database. */
const admin = connect(serverUrl, { max: 1 });

/** A fresh database of a test's own: a clone of the migrated template, or an empty one. */
export async function createDatabase(options: { template?: Template } = {}): Promise<TestDatabase> {
  const name = `stats_test_${randomBytes(6).toString('hex')}`;
  const template = options.template === 'empty' ? 'template0' : inject('templateDatabase');
  await admin.unsafe(`CREATE DATABASE ${name} TEMPLATE ${template} ${inject('copyStrategy')}`);
  const url = withDatabase(serverUrl, name);
  const sql = connect(url);
  return {
    url,
    sql,
    drop: async () => {
      await sql.end({ timeout: 1 });
      await admin`DROP DATABASE IF EXISTS ${admin(name)} WITH (FORCE)`;
    },
  };
}

/** One more database, which goes with the test. */
export async function databaseForTest(template: Template = 'migrated'): Promise<TestDatabase> {
  const database = await createDatabase({ template });
  onTestFinished(database.drop);
  return database;
}

/** One more pool, by default of one connection; it ends with the test. */
export function connectForTest(url: string, options: ConnectionOptions = {}): Sql {
  const sql = connect(url, { max: 1, ...options });
  onTestFinished(() => sql.end({ timeout: 1 }));
  return sql;
}

/** The application's session in the middle of a transaction, after `statement`; it ends with the test. */
export async function holding(url: string, statement: string): Promise<Sql> {
  const application = connectForTest(url, { applicationName: 'the application' });
  await application.unsafe(`BEGIN; ${statement}`);
  return application;
}

/** A setting of the database that `sql` is connected to; later connections have it. */
export async function alterDatabase(sql: Sql, setting: string): Promise<void> {
  const [{ name }] = await sql<[{ name: string }]>`SELECT quote_ident(current_database()) AS name`;
  await sql.unsafe(`ALTER DATABASE ${name} SET ${setting}`);
}
