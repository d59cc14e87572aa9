import type { Db } from '../../db/connection.ts';
import type { Check } from '../check.ts';
import { describeSessions } from '../sessions.ts';

/** Who else is connected, and whose transactions may hold a lock that the migration waits for. */
export async function checkSessions(db: Db): Promise<Check[]> {
  const [{ all_visible, database }] = await db<[{ all_visible: boolean; database: string }]>`
    SELECT pg_has_role('pg_read_all_stats', 'USAGE') AS all_visible, current_database() AS database`;
  const transactions = await db<{ line: string }[]>`
    SELECT concat_ws(', ', 'pid ' || pid, usename, nullif(application_name, ''), state,
      'open for ' || round(extract(epoch FROM clock_timestamp() - xact_start)) || ' s') AS line
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
      AND xact_start < clock_timestamp() - INTERVAL '1 minute'
    ORDER BY xact_start`;
  return [
    listed(
      'other sessions',
      await describeSessions(db, database),
      'Nobody else is connected.',
      'Stop the application, or migrate beside it: each attempt waits for a lock for a moment only.',
    ),
    all_visible
      ? listed(
          'long transactions',
          transactions.map(({ line }) => line),
          'None is open for more than a minute.',
          'Wait for them to end, or end them: SELECT pg_terminate_backend(PID);',
        )
      : {
          name: 'long transactions',
          status: 'warning',
          detail: "Those of other roles cannot be seen: this role may not read other roles' statistics.",
          advice: 'GRANT pg_read_all_stats TO the migrating role.',
        },
  ];
}

/** So many are named. */
const NAMED = 5;

function listed(name: string, lines: readonly string[], none: string, advice: string): Check {
  if (lines.length === 0) return { name, status: 'ok', detail: none };
  const named = lines.slice(0, NAMED);
  if (lines.length > NAMED) named.push(`and ${lines.length - NAMED} more`);
  return { name, status: 'warning', detail: `${lines.length}: ${named.join('; ')}.`, advice };
}
