import { open, rename, rm, writeFile } from 'node:fs/promises';
import type { Sql } from '../../db/connection.ts';
import { BackupError } from '../../errors.ts';
import { serverVersion } from '../server-version.ts';
import { type DumpFacts, factsFileOf, isTaken, measure, readFacts } from './dump-file.ts';
import { findTool, runTool, type ToolPlaces } from './postgres-tools.ts';

export interface BackupOptions extends ToolPlaces {
  /** Where the dump goes; default: a name with database and time, in the current folder. */
  file?: string | undefined;
  now: Date;
  /** Aborted: the dump is stopped, and no file is left. */
  signal: AbortSignal;
}

/**
 * Dumps the database with pg_dump in its custom format. FILE gets its name last, when it is complete and FILE.json
 * stands beside it: a dump that failed or was killed leaves no FILE. Both are readable by this account alone, since
 * the dump holds everything.
 *
 * @throws BackupError: FILE is there already, or a FILE.json that no backup wrote; no fitting pg_dump; the dump failed (what pg_dump said is in the message)
 */
export async function backup(sql: Sql, options: BackupOptions): Promise<DumpFacts & { file: string }> {
  const { now, signal } = options;
  const [{ database }] = await sql<[{ database: string }]>`SELECT current_database() AS database`;
  const file = options.file ?? defaultFile(database, now);
  await requireFree(file);
  const server = await serverVersion(sql);
  const pgDump = await findTool('pg_dump', server, options);
  const partial = `${file}.partial`;
  const described = factsFileOf(file);
  let written = false;
  try {
    await makePrivate(partial);
    const args = ['--format=custom', '--no-password', `--file=${partial}`];
    await runTool(pgDump, args, { sql, database, path: options.path, signal });
    const facts: DumpFacts = {
      ...(await measure(partial)),
      database,
      serverVersion: server.version,
      pgDumpVersion: pgDump.version,
      createdAt: now.toISOString(),
    };
    // What a killed run left may be readable by others, and stays so when it is written over.
    await rm(described, { force: true });
    written = true;
    await writeFile(described, `${JSON.stringify(facts, null, 2)}\n`, { mode: 0o600 });
    await rename(partial, file);
    return { file, ...facts };
  } catch (error) {
    await rm(partial, { force: true });
    if (written) await rm(described, { force: true });
    throw isFull(error) ? new BackupError((error as Error).message, { cause: error, help: FULL }) : error;
  }
}

const FULL =
  'The disk is full; no file is left. Free some space there, or name a file on another disk: backup --to FILE. The ' +
  'dump is compressed, and mostly smaller than the database.';

/** Of this program's own writing, or what pg_dump says. */
function isFull(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: string };
  return code === 'ENOSPC' || /No space left on device/.test(message ?? '');
}

/** A FILE.json without its dump is what a run leaves that was killed between the two; any other is somebody's. */
async function requireFree(file: string): Promise<void> {
  const described = factsFileOf(file);
  const help = 'Name another file: backup --to FILE.';
  if (await isTaken(file)) throw new BackupError(`${file} is there already. Nothing was done.`, { help });
  if (!(await isTaken(described)) || (await readFacts(file))) return;
  throw new BackupError(`${described} is there already, and no backup wrote it. Nothing was done.`, { help });
}

async function makePrivate(file: string): Promise<void> {
  try {
    await (await open(file, 'w', 0o600)).close();
  } catch (cause) {
    throw new BackupError(`${file} cannot be written: ${(cause as Error).message}`, { cause });
  }
}

function defaultFile(database: string, now: Date): string {
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '');
  return `backup-${database.replace(/[^\p{L}\p{M}\p{N}_.-]/gu, '_')}-${time}.dump`;
}
