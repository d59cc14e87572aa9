import { statfs } from 'node:fs/promises';
import type { Db } from '../../db/connection.ts';
import type { Check } from '../check.ts';
import type { Size } from './projects.ts';

/** Of the new indexes on "Projects", and of the present ones for a row that is written; 98 and 47 at 300,000 rows. */
const NEW_INDEX_BYTES = 100;
const OLD_INDEX_BYTES = 50;
const MIB = 2 ** 20;

/** Disk space needed, against what is free where that can be known. */
export async function checkDisk(db: Db, size: Size): Promise<Check> {
  const name = 'disk space';
  const needed = bytesNeeded(size);
  const about =
    `About ${mib(needed)} are needed: indexes, rows that are written again, and (assumed, not measured) as much for the write-ahead log. ` +
    'New columns take nothing.';
  const directory = await localDataDirectory(db);
  const free = directory === undefined ? undefined : await freeBytes(directory);
  if (free === undefined) {
    return {
      name,
      status: 'warning',
      detail: `${about} PostgreSQL does not tell over SQL what is free.`,
      advice: `On the server, look whether that much is free: df -h with the data directory (SHOW data_directory;).`,
    };
  }
  const detail = `${about} Free on this machine: ${mib(free)}.`;
  if (free > needed) return { name, status: 'ok', detail };
  return { name, status: 'failed', detail, advice: `Free some space in ${directory}, or move the server.` };
}

function bytesNeeded({ rows, rewritten, bytes }: Size): number {
  const row = rows === 0 ? 0 : bytes / rows;
  return 2 * (rows * NEW_INDEX_BYTES + rewritten * (row + OLD_INDEX_BYTES));
}

/** undefined where the server runs elsewhere, or this role may not know. */
async function localDataDirectory(db: Db): Promise<string | undefined> {
  const [row] = await db<{ directory: string }[]>`
    SELECT setting AS directory FROM pg_settings
    WHERE name = 'data_directory' AND inet_server_addr() IS NOT DISTINCT FROM inet_client_addr()`;
  return row?.directory;
}

/** undefined where the folder cannot be seen: it is in a container, or only root may enter. */
async function freeBytes(directory: string): Promise<number | undefined> {
  const found = await statfs(directory).catch(() => undefined);
  return found && found.bavail * found.bsize;
}

function mib(bytes: number): string {
  return `${Math.ceil(bytes / MIB).toLocaleString('en')} MiB`;
}
