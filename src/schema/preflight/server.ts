import type { Db } from '../../db/connection.ts';
import type { Check } from '../check.ts';
import { NEWEST, OLDEST, type ServerVersion, serverVersion } from '../server-version.ts';

/** The version of the server, the encoding of the database, and whether it takes writes. */
export async function checkServer(db: Db): Promise<Check[]> {
  const [{ encoding, standby, readOnly }] = await db<
    [{ encoding: string; standby: boolean; readOnly: boolean }]
  >`
    SELECT current_setting('server_encoding') AS encoding, pg_is_in_recovery() AS standby,
      current_setting('default_transaction_read_only')::boolean AS "readOnly"`;
  const writes: Omit<Check, 'name'> = standby
    ? { status: 'failed', detail: 'It is a standby.', advice: 'Set DATABASE_URL to the primary server.' }
    : readOnly
      ? {
          status: 'failed',
          detail: 'default_transaction_read_only is on for this role, database or server.',
          advice: 'Use a role that may write, or RESET that setting.',
        }
      : { status: 'ok', detail: 'Yes.' };
  return [
    checkVersion(await serverVersion(db)),
    checkEncoding(encoding),
    { name: 'server takes writes', ...writes },
  ];
}

export function checkEncoding(encoding: string): Check {
  const name = 'encoding';
  if (encoding === 'UTF8') return { name, status: 'ok', detail: `${encoding}.` };
  const detail = `It is ${encoding}, which cannot hold every name, as of the Thai provinces: UTF8 is needed.`;
  return { name, status: 'failed', detail, advice: 'Dump the database, and restore it into one of UTF8.' };
}

export function checkVersion({ version, major }: ServerVersion): Check {
  const name = 'server version';
  const detail = `PostgreSQL ${version}.`;
  if (major < OLDEST) {
    const advice = `Upgrade the server: ${OLDEST} to ${NEWEST} are supported.`;
    return { name, status: 'failed', detail: `${detail} It is too old.`, advice };
  }
  if (major <= NEWEST) return { name, status: 'ok', detail };
  const advice = `Try the migration on a copy first: it is tested on ${OLDEST} to ${NEWEST}.`;
  return { name, status: 'warning', detail: `${detail} It is newer than what was tested.`, advice };
}
