/**
 * PostgreSQL refuses to run as root. As root its programs run as an unprivileged account that exists already; as anybody
 * else they run as that user. Children get a bare environment, so that no PG* or LC_* variable changes what they do.
 */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { EmbeddedServerError } from '../errors.ts';
import { onlyIf } from './failures.ts';

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * The account that the server of `home` (its data folder, which may not exist yet) runs as; undefined: the one we run as.
 * A folder that an ordinary user made keeps its owner, so that this user can start it again after root did.
 */
export async function serverAccount(home: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const made = await stat(home).catch(onlyIf('ENOENT'));
  if (made !== undefined && made.uid !== 0) return { name: `uid ${made.uid}`, uid: made.uid, gid: made.gid };

  const accounts = (await readFile('/etc/passwd', 'utf8').catch(onlyIf('ENOENT'))) ?? '';
  const lines = accounts.split('\n').map((line) => line.split(':'));
  for (const wanted of ['postgres', '_postgres', 'nobody']) {
    const [name, , uid, gid] = lines.find(([name]) => name === wanted) ?? [];
    if (name !== undefined && Number(uid) > 0 && Number(gid) > 0)
      return { name, uid: Number(uid), gid: Number(gid) };
  }
  throw new EmbeddedServerError(
    'PostgreSQL refuses to run as root, and /etc/passwd has neither an account "postgres" nor "nobody".',
    {
      help: 'Start as an ordinary user, add such an account (useradd --system postgres), or set DATABASE_URL.',
    },
  );
}

/** Starts a program as `account`. In `/`, because our own working folder may be closed to it. */
export function spawnAs(
  account: Account | undefined,
  command: string,
  args: readonly string[],
  options: Pick<SpawnOptions, 'detached' | 'stdio'>,
): ChildProcess {
  return spawn(command, args, {
    ...options,
    ...(account && { uid: account.uid, gid: account.gid }),
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    windowsHide: true,
  });
}

export interface Outcome {
  readonly ok: boolean;
  /** stdout and stderr together. */
  readonly output: string;
}

/** Runs a program as `account` to its end. Never throws: one that cannot be started is an outcome like any other. */
export function runAs(
  account: Account | undefined,
  command: string,
  args: readonly string[],
): Promise<Outcome> {
  return new Promise((resolve) => {
    let output = '';
    const child = spawnAs(account, command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.once('error', (error) => resolve({ ok: false, output: `error: ${error.message}` }));
    child.once('close', (code) => resolve({ ok: code === 0, output }));
  });
}

/** Whether `account` gets through to `folder` and may write in it. Tried, not computed: ACLs and mounts count too. */
export async function mayWrite(account: Account, folder: string): Promise<boolean> {
  return (await runAs(account, '/bin/sh', ['-c', 'test -w "$0" && test -x "$0"', folder])).ok;
}
