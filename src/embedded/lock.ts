/**
 * Who owns a data folder: the process that holds a kernel lock on its file `lock`. The kernel frees it when that process
 * dies, however it dies, so there is no stale lock and no guessing by pids. The pid in the file is for people only.
 */
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedServerError } from '../errors.ts';
import { codeOf } from './failures.ts';

/** `isHeld` takes the lock for an instant to look; a start that meets it in that instant must not give up. */
const PATIENCE_MS = 200;

export interface FolderLock {
  release(): void;
}

/**
 * Takes the folder's lock for this process. A second call conflicts in the same process too: the lock belongs to the open
 * file, not to the process (OFD locks on Linux).
 * @throws EmbeddedServerError naming the folder and the holder's pid
 */
export async function lockFolder(dataDir: string): Promise<FolderLock> {
  const tryLock = await loadTryLock(dataDir);
  const path = join(dataDir, 'lock');
  const fd = openSync(path, 'a+', 0o644);
  const deadline = performance.now() + PATIENCE_MS;
  try {
    while (!tryLock(fd)) {
      if (performance.now() > deadline) throw inUse(dataDir, readFileSync(path, 'utf8').trim());
      await sleep(20);
    }
    ftruncateSync(fd);
    writeSync(fd, `${process.pid}\n`);
  } catch (error) {
    closeSync(fd);
    if (codeOf(error) === 'ENOLCK' || codeOf(error) === 'ENOTSUP') throw cannotLock(dataDir, error);
    throw error;
  }
  return { release: () => closeSync(fd) };
}

/** Whether a live process holds the folder's lock. */
export async function isHeld(dataDir: string): Promise<boolean> {
  const tryLock = await loadTryLock(dataDir);
  let fd: number;
  try {
    fd = openSync(join(dataDir, 'lock'), 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
  try {
    return !tryLock(fd, { shared: true });
  } finally {
    closeSync(fd);
  }
}

/** Loaded at need: a machine that the native module was not built for can still use DATABASE_URL. */
async function loadTryLock(dataDir: string) {
  try {
    return (await import('fs-native-extensions')).tryLock;
  } catch (error) {
    throw cannotLock(dataDir, error);
  }
}

function inUse(dataDir: string, pid: string): EmbeddedServerError {
  const own = pid === String(process.pid);
  const holder = own ? `this very process (${pid})` : pid === '' ? 'another process' : `process ${pid}`;
  return new EmbeddedServerError(`The data folder ${dataDir} is in use by ${holder}.`, {
    help: `Stop ${own ? 'its first server' : pid === '' ? 'that' : `it (kill ${pid})`}, or set DATA_DIR to another folder, or DATABASE_URL to use a server of your own.`,
  });
}

function cannotLock(dataDir: string, cause: unknown): EmbeddedServerError {
  return new EmbeddedServerError(
    `The data folder ${dataDir} cannot be locked on this machine or file system.`,
    {
      help: 'Set DATA_DIR to a folder on a local disk, or DATABASE_URL to use a server of your own.',
      cause,
    },
  );
}
