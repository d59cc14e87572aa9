import type { Db } from '../../db/connection.ts';
import { type Check, check } from '../check.ts';
import { checkEncoding } from '../diff/encoding.ts';
import { NEWEST, OLDEST, type ServerVersion, serverVersion } from '../server-version.ts';
import { describeSessions } from '../sessions.ts';

/** The version of the server, the encoding of the database, and whether it takes writes. */
export async function checkServer(db: Db): Promise<Check[]> {
  const [{ encoding, standby, readOnly }] = await db<
    [{ encoding: string; standby: boolean; readOnly: boolean }]
  >`
    SELECT current_setting('server_encoding') AS encoding, pg_is_in_recovery() AS standby,
      current_setting('default_transaction_read_only')::boolean AS "readOnly"`;
  const writes = (status: Check['status'], detail: string, advice?: string) =>
    check('server takes writes', status, detail, { advice });
  return [
    checkVersion(await serverVersion(db)),
    checkEncoding(encoding),
    standby
      ? writes('failed', 'It is a standby.', 'Set DATABASE_URL to the primary server.')
      : readOnly
        ? writes(
            'failed',
            'default_transaction_read_only is on for this role, database or server.',
            'Use a role that may write, or RESET that setting.',
          )
        : writes('ok', 'Yes.'),
  ];
}

export function checkVersion({ version, major }: ServerVersion): Check {
  const name = 'server version';
  const detail = `PostgreSQL ${version}.`;
  if (major < OLDEST) {
    const advice = `Upgrade the server: ${OLDEST} to ${NEWEST} are supported.`;
    return check(name, 'failed', `${detail} It is too old.`, { advice });
  }
  if (major <= NEWEST) return check(name, 'ok', detail);
  const advice = `Try the migration on a copy first: it is tested on ${OLDEST} to ${NEWEST}.`;
  return check(name, 'warning', `${detail} It is newer than what was tested.`, { advice });
}

/** At most this many are named. */
const NAMED = 5;

/** Who else is connected, and whose transactions may hold a lock that the migration waits for. */
export async function checkSessions(db: Db): Promise<Check> {
  const [{ all_visible, database }] = await db<[{ all_visible: boolean; database: string }]>`
    SELECT pg_has_role('pg_read_all_stats', 'USAGE') AS all_visible, current_database() AS database`;
  const lines = await describeSessions(db, database);
  const name = 'other sessions';
  if (lines.length === 0) return check(name, 'ok', 'Nobody else is connected.');
  const more = lines.length > NAMED ? [`and ${lines.length - NAMED} more`] : [];
  const hidden = all_visible
    ? []
    : ['How long their transactions are open this role may not see: GRANT pg_read_all_stats.'];
  const detail = [`${lines.length} are connected:`, ...lines.slice(0, NAMED), ...more, ...hidden].join('\n');
  return check(name, 'warning', detail, {
    advice:
      'They may stay: the migration waits a moment for a lock, and tries again. A long transaction can be ended: SELECT pg_terminate_backend(PID).',
  });
}
