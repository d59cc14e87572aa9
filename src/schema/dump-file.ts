/** A dump and FILE.json beside it, by which a later rollback knows that the dump is whole and what it is of. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { BackupError } from '../errors.ts';
import type { ServerVersion } from './server-version.ts';

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

/**
 * What FILE.json says of the dump, which is read to its end to compare its checksum; undefined: FILE.json is missing or not
 * what a backup writes.
 *
 * @throws BackupError: there is no such file; it cannot be read; it is not the one that FILE.json describes
 */
export async function readDumpFile(file: string, signal?: AbortSignal): Promise<DumpFacts | undefined> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) throw new BackupError(`There is no file ${file}.`);
  const facts = await readFacts(file);
  if (!facts) return undefined;
  const { sha256, sizeBytes } = await measure(file, signal).catch((cause) => {
    throw new BackupError(`${file} cannot be read: ${cause.message}`, { cause });
  });
  if (sha256 === facts.sha256) return facts;
  throw new BackupError(
    `${file} is damaged: it has ${sizeBytes} bytes and the checksum ${sha256}, but was made with ` +
      `${facts.sizeBytes} bytes and ${facts.sha256}. Nothing was changed.`,
    { help: 'Use another copy of this backup, or an older one.' },
  );
}

export async function measure(
  file: string,
  signal?: AbortSignal,
): Promise<Pick<DumpFacts, 'sha256' | 'sizeBytes'>> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash, signal ? { signal } : {});
  return { sha256: hash.digest('hex'), sizeBytes: (await stat(file)).size };
}

async function readFacts(file: string): Promise<DumpFacts | undefined> {
  try {
    return dumpFacts.parse(JSON.parse(await readFile(factsFileOf(file), 'utf8')));
  } catch {
    return undefined;
  }
}

/**
 * @param anyDatabase accepts a dump of another database
 * @throws BackupError: the dump is of another database, or of a newer server, which this one may not understand
 */
export function requireFitting(
  file: string,
  dump: Pick<DumpFacts, 'database' | 'serverVersion'>,
  target: { database: string; server: ServerVersion },
  anyDatabase = false,
): void {
  if (dump.database !== target.database && !anyDatabase) {
    throw new BackupError(`${file} is a dump of the database ${dump.database}, not of ${target.database}.`, {
      help: 'Name that database in DATABASE_URL, or restore it here all the same: --force.',
    });
  }
  if (Number.parseInt(dump.serverVersion, 10) > target.server.major) {
    throw new BackupError(
      `${file} comes from PostgreSQL ${dump.serverVersion}, which is newer than this server (${target.server.version}).`,
    );
  }
}
