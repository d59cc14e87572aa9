import type { TestDatabase } from '../servers/database.ts';
import { withRole } from '../servers/role.ts';

/** For a lock that another of its transactions holds: in a test nobody else runs meanwhile who could release it. */
const LOCK_MS = 20;

/** A role with every right on the application's tables and none on ours, while `use` runs. */
export async function asApplication<T>(
  database: Pick<TestDatabase, 'sql' | 'url'>,
  use: (url: string) => Promise<T>,
): Promise<T> {
  const { sql } = database;
  return withRole(database, async (_, role, url) => {
    await sql.unsafe(`
      GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role};
      REVOKE ALL ON "DashboardStatsCache" FROM ${role};
      ALTER ROLE ${role} SET lock_timeout = ${LOCK_MS}`);
    return use(url);
  });
}
