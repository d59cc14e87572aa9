import type { Db } from '../../db/connection.ts';
import type { Check } from '../check.ts';
import { OWN_SCHEMA } from '../expected/own-schema.ts';
import { identifier } from '../statement.ts';
import { type Row, readRows } from './rows.ts';

/** What the columns and keys of our own tables do not tell: the row that orders everything, and how marks replicate. */
export async function checkOwnState(db: Db, schema: string, state: Row | undefined): Promise<Check[]> {
  const checks: Check[] = [];
  if (!state) {
    checks.push({
      name: `row of ${OWN_SCHEMA}.state`,
      status: 'failed',
      detail: 'It is missing: nothing can be computed or invalidated.',
      remedy: `INSERT INTO dashboard_stats.state (revision)
SELECT coalesce(max("Version"), 0) FROM ${identifier(schema, 'DashboardStatsCache')}
WHERE "CacheType" IN ('global', 'regional', 'facility');
INSERT INTO dashboard_stats.marks (project_id) VALUES (NULL);`,
    });
  }
  const [outbox] = await readRows(db, OWN_SCHEMA, 'outbox');
  if (!outbox) {
    checks.push({
      name: `row of ${OWN_SCHEMA}.outbox`,
      status: 'failed',
      detail: 'It is missing: nothing is written for the hub or into the log of events.',
      remedy: `INSERT INTO ${OWN_SCHEMA}.outbox DEFAULT VALUES;`,
    });
  }
  const tables = await db<{ name: string; full: boolean }[]>`
    SELECT relname AS name, relreplident = 'f' AS full FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname = ${OWN_SCHEMA} AND relname IN ('marks', 'late_marks', 'owed_events', 'owed_notifications') ORDER BY 1`;
  for (const { name } of tables.filter(({ full }) => !full)) {
    checks.push({
      name: `replica identity of ${OWN_SCHEMA}.${name}`,
      status: 'failed',
      detail: 'It is not FULL: a publication FOR ALL TABLES would make every refresh fail.',
      remedy: `ALTER TABLE dashboard_stats.${name} REPLICA IDENTITY FULL;`,
    });
  }
  return checks;
}
