import type { Db } from '../../db/connection.ts';
import type { Check } from '../check.ts';
import { NEWEST, OLDEST, type ServerVersion, serverVersion } from '../server-version.ts';

/** The version of the server, the encoding of the database, and whether it takes writes. */
export async function checkServer(db: Db): Promise<Check[]> {
  const [server] = await db<[{ encoding: string; standby: boolean; read_only: boolean }]>`
    SELECT current_setting('server_encoding') AS encoding, pg_is_in_recovery() AS standby,
      current_setting('default_transaction_read_only')::boolean AS read_only`;
  return [checkVersion(await serverVersion(db)), checkEncoding(server), checkWritable(server)];
}

export function checkEncoding({ encoding }: { encoding: string }): Check {
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
  if (major > NEWEST) {
    const advice = `Try the migration on a copy first: it is tested on ${OLDEST} to ${NEWEST}.`;
    return { name, status: 'warning', detail: `${detail} It is newer than what was tested.`, advice };
  }
  return { name, status: 'ok', detail };
}

function checkWritable({ standby, read_only }: { standby: boolean; read_only: boolean }): Check {
  const name = 'server takes writes';
  if (!standby && !read_only) return { name, status: 'ok', detail: 'Yes.' };
  const detail = standby
    ? 'It is a standby.'
    : 'default_transaction_read_only is on for this role, database or server.';
  const advice = standby
    ? 'Set DATABASE_URL to the primary server.'
    : 'Use a role that may write, or RESET that setting.';
  return { name, status: 'failed', detail, advice };
}
