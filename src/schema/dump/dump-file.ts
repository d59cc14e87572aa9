/** A dump and what stands beside it: FILE.json, by which a later rollback knows that it is whole and what it is of. */
import { createHash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { lstat, open, readFile, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { BackupError } from '../../errors.ts';
import type { ServerVersion } from '../server-version.ts';

const dumpFacts = z.object({
  /** SHA-256 of the dump in hexadecimal. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  sizeBytes: z.number().int(),
  database: z.string(),
  serverVersion: z.string(),
  pgDumpVersion: z.string(),
  createdAt: z.iso.datetime(),
});

export type DumpFacts = z.output<typeof dumpFacts>;

export function factsFileOf(file: string): string {
  return `${file}.json`;
}

export async function measure(
  file: string,
  signal?: AbortSignal,
): Promise<Pick<DumpFacts, 'sha256' | 'sizeBytes'>> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash, signal ? { signal } : {});
  return { sha256: hash.digest('hex'), sizeBytes: (await stat(file)).size };
}

/** undefined: FILE.json is missing, or not what a backup writes. */
export async function readFacts(file: string): Promise<DumpFacts | undefined> {
  return dumpFacts.safeParse(await readJson(factsFileOf(file))).data;
}

/** Whether something of that name is there: a file, a folder, or a link to nothing. */
export async function isTaken(file: string): Promise<boolean> {
  return (await lstat(file).catch(() => undefined)) !== undefined;
}

/** @throws BackupError where there is no such file; it cannot be read; it is no dump in pg_dump's custom format */
export async function requireArchive(file: string): Promise<Stats> {
  const there = await requireFile(file);
  if (there.size === 0) throw new BackupError(`${file} is empty.`);
  if ((await readBeginning(file)) !== ARCHIVE)
    throw new BackupError(`${file} is no dump in the custom format of pg_dump, which \`backup\` makes.`);
  return there;
}
const ARCHIVE = 'PGDMP';

/**
 * @param undescribed takes a dump whose FILE.json is missing or unreadable; one that differs from its FILE.json never
 * @returns what FILE.json tells; undefined where there is none
 * @throws BackupError where there is no such file, or it is not the one that FILE.json tells of
 */
export async function requireWhole(
  file: string,
  undescribed: boolean,
  signal?: AbortSignal,
): Promise<DumpFacts | undefined> {
  await requireFile(file);
  const facts = await readFacts(file);
  if (!facts) {
    if (undescribed) return undefined;
    throw new BackupError(
      `${factsFileOf(file)} is missing or not what \`backup\` writes, so ${file} cannot be checked.`,
      {
        help: 'Put it back beside the dump. A dump that was made by hand has none: --force takes it as it is.',
      },
    );
  }
  const { sha256, sizeBytes } = await measure(file, signal);
  if (sha256 !== facts.sha256) {
    throw new BackupError(
      `${file} is damaged: it has ${sizeBytes} bytes and the checksum ${sha256}, but was made with ` +
        `${facts.sizeBytes} bytes and ${facts.sha256}. Nothing was changed.`,
      { help: 'Take another copy of this backup, or an older one.' },
    );
  }
  return facts;
}

/**
 * @param anyDatabase takes a dump of another database
 * @throws BackupError where the dump is of another database, or of a newer server, which this one may not understand
 */
export function requireFitting(
  file: string,
  dump: Pick<DumpFacts, 'database' | 'serverVersion'>,
  target: { database: string; server: ServerVersion },
  anyDatabase = false,
): void {
  if (dump.database !== target.database && !anyDatabase) {
    throw new BackupError(`${file} is a dump of the database ${dump.database}, not of ${target.database}.`, {
      help: 'Name that database in DATABASE_URL, or take it all the same: --force.',
    });
  }
  if (Number.parseInt(dump.serverVersion, 10) > target.server.major) {
    throw new BackupError(
      `${file} comes from PostgreSQL ${dump.serverVersion}, which is newer than this server (${target.server.version}).`,
    );
  }
}

async function requireFile(file: string): Promise<Stats> {
  const there = await stat(file).catch(() => undefined);
  if (!there?.isFile()) throw new BackupError(`There is no file ${file}.`);
  return there;
}

async function readBeginning(file: string): Promise<string> {
  try {
    const handle = await open(file);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(ARCHIVE.length), 0, ARCHIVE.length, 0);
      return buffer.toString('latin1', 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw new BackupError(`${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return undefined;
  }
}
