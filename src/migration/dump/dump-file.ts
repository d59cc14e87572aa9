/** A dump and what stands beside it: FILE.json, by which a later rollback knows that it is whole and what it is of. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readFile, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { BackupError } from '../../errors.ts';

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

export async function measure(file: string): Promise<Pick<DumpFacts, 'sha256' | 'sizeBytes'>> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
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

/**
 * @param undescribed takes a dump whose FILE.json is missing or unreadable; one that differs from its FILE.json never
 * @throws BackupError where there is no such file, or it is not the one that FILE.json tells of
 */
export async function requireWhole(file: string, undescribed: boolean): Promise<void> {
  const there = await stat(file).catch(() => undefined);
  if (!there?.isFile()) throw new BackupError(`There is no file ${file}.`);
  const facts = await readFacts(file);
  if (!facts) {
    if (undescribed) return;
    throw new BackupError(
      `${factsFileOf(file)} is missing or not what \`backup\` writes, so ${file} cannot be checked.`,
      {
        help: 'Put it back beside the dump. A dump that was made by hand has none: --force takes it as it is.',
      },
    );
  }
  const { sha256, sizeBytes } = await measure(file);
  if (sha256 !== facts.sha256) {
    throw new BackupError(
      `${file} is damaged: it has ${sizeBytes} bytes and the checksum ${sha256}, but was made with ` +
        `${facts.sizeBytes} bytes and ${facts.sha256}. Nothing was changed.`,
      { help: 'Take another copy of this backup, or an older one.' },
    );
  }
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return undefined;
  }
}
