/** Which servers are supported, and how their version is asked for. */
import type { Db } from '../db/connection.ts';
import { MigrationError } from '../errors.ts';

export const OLDEST = 13;
export const NEWEST = 18;

export interface ServerVersion {
  /** `15.18`, without what a distribution appends. */
  version: string;
  major: number;
}

export async function serverVersion(db: Db): Promise<ServerVersion> {
  const [row] = await db<[ServerVersion]>`
    SELECT split_part(current_setting('server_version'), ' ', 1) AS version,
      current_setting('server_version_num')::int / 10000 AS major`;
  return row;
}

/** @throws MigrationError where the server is older than the oldest supported one */
export function refuseOldServer({ version, major }: ServerVersion): void {
  if (major >= OLDEST) return;
  throw new MigrationError(`PostgreSQL ${version} is too old: version ${OLDEST} or newer is needed.`, {
    help: `Upgrade the server; ${OLDEST} to ${NEWEST} are supported.`,
  });
}
