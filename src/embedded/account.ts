/**
 * PostgreSQL refuses to run as root. As root, its programs run as an unprivileged account that exists already; as anybody
 * else they run as that user.
 */
import { execFile, type SpawnOptions } from 'node:child_process';
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { EmbeddedServerError } from '../errors.ts';

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** The account that runs what root makes; undefined where we are not root. */
export async function serverAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const wanted of ['postgres', 'nobody']) {
    const [, , uid, gid] = lines.find(([name]) => name === wanted) ?? [];
    if (Number(uid) > 0 && Number(gid) > 0) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new EmbeddedServerError(
    'PostgreSQL refuses to run as root, and /etc/passwd has neither an account "postgres" nor "nobody".',
    {
      help: 'Start as an ordinary user, add such an account (useradd --system postgres), or set DATABASE_URL.',
    },
  );
}

/**
 * Makes the folder for what root keeps here: that account often cannot enter root's own folders, and reaches this one
 * whatever the umask is.
 */
export async function makeRootDir(rootDir = '/var/lib/dashboard-stats'): Promise<string> {
  await mkdir(rootDir, { recursive: true });
  await chmod(rootDir, 0o755);
  return rootDir;
}

/**
 * How a program runs as `account`; undefined: as ourselves. In `/`, because our working folder may be closed to it, and
 * with a bare environment, so that no PG* or LC_* variable changes what it does.
 */
export function spawnOptions(account: Account | undefined): SpawnOptions {
  return { ...account, cwd: '/', env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' } };
}

export interface Outcome {
  readonly ok: boolean;
  readonly output: string;
}

/** Runs a program to its end. Never throws: one that cannot be started is an outcome like any other. */
export function run(
  account: Account | undefined,
  program: string,
  args: readonly string[],
): Promise<Outcome> {
  // A session of its own: Ctrl-C in a terminal must not reach it before our orderly stop does.
  const options = { ...spawnOptions(account), detached: true, encoding: 'utf8' as const };
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      const reason = typeof error?.code === 'string' ? `error: ${error.message}` : '';
      resolve({ ok: error === null, output: `${stdout}${stderr}${reason}`.trim() });
    });
  });
}
