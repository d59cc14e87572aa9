import type { Db } from '../../db/connection.ts';
import type { Check } from '../check.ts';
import { describeSessions } from '../sessions.ts';

interface Line {
  line: string;
}

/** Who else is connected, and whose transactions may hold a lock that the migration waits for. */
export async function checkSessions(db: Db): Promise<Check[]> {
  const [{ all_visible, database }] = await db<[{ all_visible: boolean; database: string }]>`
    SELECT pg_has_role('pg_read_all_stats', 'USAGE') AS all_visible, current_database() AS database`;
  const sessions = (await describeSessions(db, database)).map((line) => ({ line }));
  const transactions = await db<Line[]>`
    SELECT concat_ws(', ', 'pid ' || pid, usename, nullif(application_name, ''), state,
      'open for ' || round(extract(epoch FROM clock_timestamp() - xact_start)) || ' s') AS line
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
      AND xact_start < clock_timestamp() - INTERVAL '1 minute'
    ORDER BY xact_start`;
  const prepared = await db<Line[]>`
    SELECT concat_ws(', ', quote_literal(gid), owner, 'since ' ||
      to_char(prepared AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"')) AS line
    FROM pg_prepared_xacts WHERE database = current_database() ORDER BY prepared`;

  return [
    listed('other sessions', sessions, 'Nobody else is connected.', {
      advice:
        'Stop the application, or migrate beside it: a table that is in use is waited for 1 s at a time and then let go, ' +
        'and while a step holds its lock the application waits.',
    }),
    all_visible
      ? listed('long transactions', transactions, 'None is open for more than a minute.', {
          advice: 'Wait for them to end, or end them: SELECT pg_terminate_backend(PID);',
        })
      : {
          name: 'long transactions',
          status: 'warning',
          detail: "Those of other roles cannot be seen: this role may not read other roles' statistics.",
          advice: 'GRANT pg_read_all_stats TO the migrating role.',
        },
    listed('prepared transactions', prepared, 'There is none.', {
      advice:
        "Each keeps its locks until somebody ends it: ROLLBACK PREPARED '...' or COMMIT PREPARED '...'.",
    }),
  ];
}

/** So many are named. */
const NAMED = 5;

function listed(name: string, lines: readonly Line[], none: string, { advice }: { advice: string }): Check {
  if (lines.length === 0) return { name, status: 'ok', detail: none };
  const named = lines.slice(0, NAMED).map(({ line }) => line);
  if (lines.length > NAMED) named.push(`and ${lines.length - NAMED} more`);
  return { name, status: 'warning', detail: `${lines.length}: ${named.join('; ')}.`, advice };
}
