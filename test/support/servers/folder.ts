import { statfsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const MEMORY = '/dev/shm';
const ROOM_BYTES = 4 * 2 ** 30;

/** Where clusters of tests lie: in memory where there is room, since a database is created there in a tenth of the time. */
export const CLUSTERS = hasRoom(MEMORY) ? MEMORY : tmpdir();

function hasRoom(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize > ROOM_BYTES;
  } catch {
    return false;
  }
}

export async function newFolder(parent = tmpdir()): Promise<string> {
  const folder = await mkdtemp(join(parent, 'dashboard-stats-test-'));
  // As root: the account of a PostgreSQL has to get in.
  await chmod(folder, 0o755);
  return folder;
}

/** A new folder, which goes with the test. */
export async function folderForTest(parent?: string): Promise<string> {
  const folder = await newFolder(parent);
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
