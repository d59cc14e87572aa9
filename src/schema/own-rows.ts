import type { Db } from '../db/connection.ts';
import type { Fault } from './diff/fault.ts';
import { MARK_EVERYTHING } from './diff/queues.ts';
import { OWN_SCHEMA } from './expected.ts';
import { readRows } from './rows.ts';
import { identifier } from './statement.ts';

/** Our tables that must have one row. `schema` is the application's. */
export async function compareOwnRows(db: Db, schema: string): Promise<Fault[]> {
  const wanted = [
    {
      table: 'state',
      detail: 'It is missing: nothing can be computed or invalidated.',
      sql: `INSERT INTO ${OWN_SCHEMA}.state (revision)
SELECT coalesce(max("Version"), 0) FROM ${identifier(schema, 'DashboardStatsCache')}
WHERE "CacheType" IN ('global', 'regional', 'facility');
${MARK_EVERYTHING}`,
    },
    {
      table: 'outbox',
      detail: 'It is missing: nothing is written for the hub or into the log of events.',
      sql: `INSERT INTO ${OWN_SCHEMA}.outbox DEFAULT VALUES;`,
    },
  ];
  const faults: Fault[] = [];
  for (const { table, detail, sql } of wanted) {
    if ((await readRows(db, OWN_SCHEMA, table)).length > 0) continue;
    const name = `row of ${OWN_SCHEMA}.${table}`;
    faults.push({ name, area: 'own state', table, status: 'failed', detail, sql, migrate: 'leaves' });
  }
  return faults;
}
