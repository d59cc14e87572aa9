import { lstat, open, rename, rm, writeFile } from 'node:fs/promises';
import type { Sql } from '../db/connection.ts';
import { CELL_TABLES } from '../engine/cell-tables.ts';
import { BackupError } from '../errors.ts';
import { followCopies, type OnRows, rowsToCopy } from './copied-rows.ts';
import { type DumpFacts, factsFileOf, measure } from './dump-file.ts';
import { findTool, runTool, type ToolPlaces } from './postgres-tools.ts';
import { serverVersion } from './server-version.ts';

export interface BackupOptions extends ToolPlaces {
  /** Where the dump goes; default: a name with database and time, in the current folder. */
  file?: string | undefined;
  now: Date;
  /** Told how many rows of about how many are in the dump. */
  onRows?: OnRows;
  /** Aborted: the dump is stopped, and no file is left. */
  signal: AbortSignal;
}

/** They belong to the role of the service, which others may not read, and are built again after a rollback. */
const CELLS = `dashboard_stats.(${CELL_TABLES.join('|')})_[0-9]*`;

/**
 * Dumps the database, without the tables of cells, with pg_dump in its custom format. FILE gets its name last, when it is complete and FILE.json
 * stands beside it: a dump that failed or was killed leaves no FILE. Both are readable by this account alone, since
 * the dump holds everything.
 *
 * @throws BackupError: FILE or FILE.json is there already; there is no fitting pg_dump; the dump failed (what pg_dump said
 * is in the message)
 */
export async function backup(sql: Sql, options: BackupOptions): Promise<DumpFacts & { file: string }> {
  const { now, path, signal } = options;
  const [{ database }] = await sql<[{ database: string }]>`SELECT current_database() AS database`;
  const file = options.file ?? defaultFile(database, now);
  const described = factsFileOf(file);
  for (const name of [file, described]) {
    // Something of that name may also be a folder, or a link to nothing.
    if (!(await lstat(name).catch(() => undefined))) continue;
    const help = 'Name another file: backup --to FILE.';
    throw new BackupError(`${name} is there already. Nothing was done.`, { help });
  }
  const server = await serverVersion(sql);
  const pgDump = await findTool('pg_dump', server, options);
  const [partial, partlyDescribed] = [`${file}.partial`, `${described}.partial`];
  try {
    await createPrivate(partial);
    const args = ['--format=custom', '--no-password', `--exclude-table=${CELLS}`, `--file=${partial}`];
    const copies = { total: await rowsToCopy(sql), onRows: options.onRows };
    await followCopies(sql, database, copies, () => runTool(pgDump, args, { sql, database, path, signal }));
    const facts: DumpFacts = {
      ...(await measure(partial)),
      database,
      serverVersion: server.version,
      pgDumpVersion: pgDump.version,
      createdAt: now.toISOString(),
    };
    await createPrivate(partlyDescribed);
    await writeFile(partlyDescribed, `${JSON.stringify(facts, null, 2)}\n`);
    await rename(partlyDescribed, described);
    await rename(partial, file);
    return { file, ...facts };
  } finally {
    for (const name of [partial, partlyDescribed]) await rm(name, { force: true });
  }
}

/** In place of what a killed run left, which others may be able to read. */
async function createPrivate(file: string): Promise<void> {
  try {
    await rm(file, { force: true });
    await (await open(file, 'wx', 0o600)).close();
  } catch (cause) {
    throw new BackupError(`${file} cannot be written: ${(cause as Error).message}`, { cause });
  }
}

function defaultFile(database: string, now: Date): string {
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '');
  return `backup-${database.replace(/[^\p{L}\p{M}\p{N}_.-]/gu, '_')}-${time}.dump`;
}
