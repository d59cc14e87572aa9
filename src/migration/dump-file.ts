/** A dump and what stands beside it: FILE.json, by which a later rollback knows that it is whole and what it is of. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { BackupError } from '../errors.ts';

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

/** @throws BackupError where there is no such file, or it is not the one that FILE.json tells of */
export async function requireWhole(file: string): Promise<DumpFacts> {
  await requireFile(file);
  const facts = dumpFacts.safeParse(await readJson(factsFileOf(file)));
  if (!facts.success) {
    throw new BackupError(
      `${factsFileOf(file)} is missing or not what \`backup\` writes, so ${file} cannot be checked.`,
      {
        help: 'Put it back beside the dump. A dump that was made by hand has none: --force takes it as it is.',
      },
    );
  }
  const { sha256, sizeBytes } = await measure(file);
  if (sha256 !== facts.data.sha256) {
    throw new BackupError(
      `${file} is damaged: it has ${sizeBytes} bytes and the checksum ${sha256}, but was made with ` +
        `${facts.data.sizeBytes} bytes and ${facts.data.sha256}. Nothing was changed.`,
      { help: 'Take another copy of this backup, or an older one.' },
    );
  }
  return facts.data;
}

/** @throws BackupError where there is no such file */
export async function requireFile(file: string): Promise<void> {
  const there = await stat(file).catch(() => undefined);
  if (!there?.isFile()) throw new BackupError(`There is no file ${file}.`);
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return undefined;
  }
}
