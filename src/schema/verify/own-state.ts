import type { Db } from '../../db/connection.ts';
import type { Check } from '../check.ts';
import { OWN_SCHEMA } from '../expected/own-schema.ts';
import { identifier } from '../statement.ts';
import { checkQueues } from './queues.ts';
import { type Row, readRows } from './rows.ts';

/** What the columns and keys of our own tables do not tell: the rows that order everything, and how queues are kept. */
export async function checkOwnState(db: Db, schema: string, state: Row | undefined): Promise<Check[]> {
  const checks: Check[] = [];
  if (!state) {
    checks.push({
      name: `row of ${OWN_SCHEMA}.state`,
      status: 'failed',
      detail: 'It is missing: nothing can be computed or invalidated.',
      sql: `INSERT INTO dashboard_stats.state (revision)
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
      sql: `INSERT INTO ${OWN_SCHEMA}.outbox DEFAULT VALUES;`,
    });
  }
  return [...checks, ...(await checkQueues(db))];
}
