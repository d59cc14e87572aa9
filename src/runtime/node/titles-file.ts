import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { ConfigError } from '../../errors.ts';
import { PROVINCE_NAMES } from '../../geography/provinces.ts';
import { METRICS } from '../../stats/schema.ts';
import type { Titles } from '../../stats/titles.ts';

const NAMES = /^(global|(region|facility|authority):.+)$/;
/** Those that do not depend on what the database holds. */
const FIXED = new Set([
  ...METRICS.map(({ path }) => path),
  ...[...PROVINCE_NAMES, 'other'].map((name) => `province:${name}`),
]);
const KEYS =
  'a cache key such as region:northern, province:NAME (in Thai), authority:NAME, or the path of a figure';

const title = z.string().trim().min(1);
const titlesSchema = z
  .record(z.string(), z.strictObject({ en: title, th: title }))
  .superRefine((titles, { addIssue }) => {
    for (const key of Object.keys(titles))
      if (!NAMES.test(key) && !FIXED.has(key))
        addIssue({ code: 'custom', path: [key], message: `is not ${KEYS}` });
  });

/** Reads TITLES_FILE: JSON, `{ "region:northern": { "en": "The North", "th": "ภาคเหนือ" } }`. @throws ConfigError */
export async function readTitles(path: string | undefined): Promise<Titles> {
  if (path === undefined) return {};
  const fault = (message: string) => new ConfigError([`TITLES_FILE (${JSON.stringify(path)}) ${message}.`]);
  const bytes = await readFile(path).catch((error) => {
    throw fault(`cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  });
  // Programs of Windows begin a file with a byte order mark, which the decoder leaves out.
  const parsed = titlesSchema.safeParse(parse(new TextDecoder().decode(bytes), fault));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path: at, message }) => `${at.join('.') || 'it'}: ${message}`);
  throw fault(`is not as expected: ${faults.join('; ')}`);
}

function parse(text: string, fault: (message: string) => ConfigError): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw fault(`is not JSON: ${(error as Error).message}`);
  }
}
