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
 * What FILE.json says of the dump, which is read to its end to compare its checksum.
 *
 * @param force accepts a dump of another database, or without FILE.json: then undefined is returned
 * @throws BackupError: there is no such file; it cannot be read; FILE.json is missing or not what a backup writes; the dump
 * is not the one that it describes, is of another database, or of a newer server, which this one may not understand
 */
export async function checkDump(
  file: string,
  target: { database: string; server: ServerVersion },
  { force = false, signal }: { force?: boolean; signal?: AbortSignal | undefined } = {},
): Promise<DumpFacts | undefined> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) throw new BackupError(`There is no file ${file}.`);
  const facts = await readFacts(file);
  if (!facts) {
    if (force) return undefined;
    throw new BackupError(
      `${factsFileOf(file)} is missing or not what \`backup\` writes, so ${file} cannot be checked.`,
      {
        help: 'Put it back beside the dump. A dump that was made by hand has none: rollback --force accepts it.',
      },
    );
  }
  const { sha256, sizeBytes } = await measure(file, signal).catch((cause) => {
    throw new BackupError(`${file} cannot be read: ${cause.message}`, { cause });
  });
  if (sha256 !== facts.sha256) {
    throw new BackupError(
      `${file} is damaged: it has ${sizeBytes} bytes and the checksum ${sha256}, but was made with ` +
        `${facts.sizeBytes} bytes and ${facts.sha256}. Nothing was changed.`,
      { help: 'Use another copy of this backup, or an older one.' },
    );
  }
  if (facts.database !== target.database && !force) {
    throw new BackupError(`${file} is a dump of the database ${facts.database}, not of ${target.database}.`, {
      help: 'Name that database in DATABASE_URL, or restore it here all the same: --force.',
    });
  }
  if (Number.parseInt(facts.serverVersion, 10) > target.server.major) {
    throw new BackupError(
      `${file} comes from PostgreSQL ${facts.serverVersion}, which is newer than this server (${target.server.version}).`,
    );
  }
  return facts;
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
