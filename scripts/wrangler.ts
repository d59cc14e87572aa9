/** Runs wrangler so that it asks nobody outside of this machine. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';

/** Metrics, the check for updates, and the place of this machine. */
const ALONE = {
  CI: 'true',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
};

/** @param databaseUrl where Hyperdrive's local connection goes */
export function startWrangler(
  args: readonly string[],
  options: Pick<SpawnOptions, 'stdio' | 'detached'>,
  databaseUrl?: string,
): ChildProcess {
  const database = databaseUrl
    ? { CLOUDFLARE_HYPERDRIVE_LOCAL_CONNECTION_STRING_HYPERDRIVE: databaseUrl }
    : {};
  const { PATH, HOME } = process.env;
  return spawn('node_modules/.bin/wrangler', args, {
    ...options,
    cwd: new URL('..', import.meta.url),
    env: { PATH, HOME, ...ALONE, ...database },
  });
}
