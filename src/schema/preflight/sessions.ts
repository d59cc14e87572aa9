import type { Db } from '../../db/connection.ts';
import type { Check } from '../check.ts';
import { describeSessions } from '../sessions.ts';

/** At most this many are named. */
const NAMED = 5;

/** Who else is connected, and whose transactions may hold a lock that the migration waits for. */
export async function checkSessions(db: Db): Promise<Check> {
  const [{ all_visible, database }] = await db<[{ all_visible: boolean; database: string }]>`
    SELECT pg_has_role('pg_read_all_stats', 'USAGE') AS all_visible, current_database() AS database`;
  const lines = await describeSessions(db, database);
  const name = 'other sessions';
  if (lines.length === 0) return { name, status: 'ok', detail: 'Nobody else is connected.' };
  const more = lines.length > NAMED ? [`and ${lines.length - NAMED} more`] : [];
  const hidden = all_visible
    ? []
    : ['How long their transactions are open this role may not see: GRANT pg_read_all_stats.'];
  return {
    name,
    status: 'warning',
    detail: [`${lines.length} are connected:`, ...lines.slice(0, NAMED), ...more, ...hidden].join('\n'),
    advice:
      'They may stay: the migration waits a moment for a lock, and tries again. A long transaction can be ended: SELECT pg_terminate_backend(PID).',
  };
}
