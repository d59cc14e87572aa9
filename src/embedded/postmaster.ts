/**
 * The one postgres process of a data folder, seen from outside: who it is, how it is stopped, and what becomes of one that
 * outlived the process of ours that started it.
 */
import { readFile, readlink, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedServerError } from '../errors.ts';
import { runAs } from './account.ts';
import { codeOf, onlyIf } from './failures.ts';

/** SIGINT lets postgres write all out and disconnect its clients; SIGQUIT makes it recover from its log at the next start. */
const PATIENCE_MS = 10_000;

/**
 * Stops a postgres in the fast way, and the hard way if that takes over 10 s.
 * @param isGone waits at most so many ms for its end
 */
export async function shutDown(pid: number, isGone: (waitMs: number) => Promise<boolean>): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (codeOf(error) !== 'ESRCH') throw error;
    }
    if (await isGone(PATIENCE_MS)) return;
  }
  throw new EmbeddedServerError(`PostgreSQL (process ${pid}) does not stop.`, {
    help: `Look what holds it up (often a disk that hangs); as a last resort: kill -9 ${pid}`,
  });
}

/**
 * Stops a server that was left running on `home`. We hold the folder's lock, so whoever started it is dead, and with it
 * the reader of its messages and the one who knew when to stop it.
 */
export async function stopOrphan(home: string, log: (line: string) => void): Promise<void> {
  const pid = await postmasterPid(home);
  if (pid === undefined || !(await isPostgresOn(pid, home))) return;
  log(`Stopping PostgreSQL (process ${pid}), which a killed process left running on ${home}`);
  await shutDown(pid, async (waitMs) => {
    const deadline = performance.now() + waitMs;
    while (await isPostgresOn(pid, home)) {
      if (performance.now() > deadline) return false;
      await sleep(20);
    }
    return true;
  });
}

/**
 * Removes a postmaster.pid that names a live process which is no postgres of this folder: its number was given anew.
 * To be called only after postgres itself refused to start for it: it judges better, it looks at its shared memory too.
 */
export async function removeStalePidFile(home: string, log: (line: string) => void): Promise<void> {
  const pid = await postmasterPid(home);
  if (pid === undefined || (await isPostgresOn(pid, home))) return;
  log(`Removing a stale postmaster.pid: process ${pid} is not a PostgreSQL on ${home}`);
  await rm(join(home, 'postmaster.pid'), { force: true });
}

async function postmasterPid(home: string): Promise<number | undefined> {
  const text = await readFile(join(home, 'postmaster.pid'), 'utf8').catch(onlyIf('ENOENT'));
  const pid = Number.parseInt(text ?? '', 10);
  return pid > 1 ? pid : undefined;
}

/** Whether the process is alive (a zombie is not) and is a postgres that serves this folder. */
async function isPostgresOn(pid: number, home: string): Promise<boolean> {
  if (process.platform === 'linux') {
    // What is gone, or is another account's to look at, is not ours.
    const ours = onlyIf('ENOENT', 'ESRCH', 'EACCES', 'EPERM');
    const args = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(ours))?.split('\0') ?? [];
    if (basename(args[0] ?? '') !== 'postgres') return false;
    return args.includes(home) || (await readlink(`/proc/${pid}/cwd`).catch(ours)) === home;
  }
  const { ok, output } = await runAs(undefined, 'ps', ['-o', 'command=', '-p', String(pid)]);
  return ok && output.includes('postgres') && output.includes(home);
}
