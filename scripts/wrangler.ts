/** Runs wrangler so that it asks nobody outside of this machine. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Metrics, the check for updates, and the place of this machine. */
const ALONE = {
  CI: 'true',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
};

const HERE = new URL('..', import.meta.url);

/** Runs a command of wrangler in this repository. */
export function startWrangler(args: readonly string[], options: SpawnOptions): ChildProcess {
  const { PATH, HOME } = process.env;
  return spawn('node_modules/.bin/wrangler', args, {
    ...options,
    cwd: HERE,
    env: { PATH, HOME, ...ALONE, ...options.env },
  });
}

/**
 * `wrangler dev` on a database.
 *
 * @param args beside those that it always has
 * @param databaseUrl where Hyperdrive's local connection goes
 * @param settings variables and secrets of the Worker: by the environment, as everybody can read a process's arguments
 */
export function startWranglerDev(
  args: readonly string[],
  options: Pick<SpawnOptions, 'stdio' | 'detached'>,
  databaseUrl: string,
  settings: Readonly<Record<string, string | undefined>>,
): ChildProcess {
  // What it keeps is none of ours; two at once that shared it would find it locked, and end.
  const state = mkdtempSync(join(tmpdir(), 'dashboard-stats-wrangler-'));
  const ours = ['dev', '--test-scheduled', '--inspector-port', '0', '--persist-to', state];
  // A file of settings that lies about would be taken instead of ours.
  const child = startWrangler([...ours, '--env-file', '/dev/null', ...args], {
    ...options,
    env: {
      ...settings,
      CLOUDFLARE_INCLUDE_PROCESS_ENV: 'true',
      CLOUDFLARE_HYPERDRIVE_LOCAL_CONNECTION_STRING_HYPERDRIVE: databaseUrl,
    },
  });
  child.once('exit', () => rmSync(state, { recursive: true, force: true, maxRetries: 5 }));
  return child;
}
