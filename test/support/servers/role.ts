import { connect, type Sql } from '../../../src/db/connection.ts';
import type { TestDatabase } from './database.ts';

/** A second role on the database, without any right, while `use` runs. */
export async function withRole<T>(
  { sql, url }: Pick<TestDatabase, 'sql' | 'url'>,
  use: (theirs: Sql, role: string, url: string) => Promise<T>,
): Promise<T> {
  const role = `role_${url.split('_').at(-1)}`;
  const login = new URL(url);
  login.username = role;
  login.password = 'secret';
  await sql.unsafe(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
  const theirs = connect(login.href, { max: 1 });
  try {
    return await use(theirs, role, login.href);
  } finally {
    await theirs.end();
    await sql.unsafe(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  }
}
