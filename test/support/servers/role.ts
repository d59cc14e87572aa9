/** Roles beside the one that our schema belongs to. */
import { connect, type Sql } from '../../../src/db/connection.ts';
import type { TestDatabase } from './database.ts';

type Database = Pick<TestDatabase, 'sql' | 'url'>;

/** For a lock that another of its transactions holds: in a test nobody else runs meanwhile who could release it. */
const LOCK_MS = 20;

/** A second role on the database, without any right. */
async function createRole({ sql, url }: Database): Promise<{ role: string; url: string }> {
  const role = `role_${url.split('_').at(-1)}`;
  await sql.unsafe(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
  const login = new URL(url);
  login.username = role;
  login.password = 'secret';
  return { role, url: login.href };
}

/** A role with every right on the application's tables and none on ours. */
export async function createApplicationRole(database: Database): Promise<{ role: string; url: string }> {
  const created = await createRole(database);
  await database.sql.unsafe(`
    GRANT ALL ON ALL TABLES IN SCHEMA public TO ${created.role};
    REVOKE ALL ON "DashboardStatsCache" FROM ${created.role};
    ALTER ROLE ${created.role} SET lock_timeout = ${LOCK_MS}`);
  return created;
}

const drop = (sql: Sql, role: string) => sql.unsafe(`DROP OWNED BY ${role}; DROP ROLE ${role}`);

/** A second role, while `use` runs. */
export async function withRole<T>(
  database: Database,
  use: (theirs: Sql, role: string, url: string) => Promise<T>,
): Promise<T> {
  const { role, url } = await createRole(database);
  const theirs = connect(url, { max: 1 });
  try {
    return await use(theirs, role, url);
  } finally {
    await theirs.end();
    await drop(database.sql, role);
  }
}

/** See createApplicationRole, while `use` runs. */
export async function asApplication<T>(database: Database, use: (url: string) => Promise<T>): Promise<T> {
  const { role, url } = await createApplicationRole(database);
  try {
    return await use(url);
  } finally {
    await drop(database.sql, role);
  }
}
