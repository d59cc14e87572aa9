import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { ConfigError } from '../../errors.ts';
import { METRICS } from '../../stats/schema.ts';
import type { Titles } from '../../stats/titles.ts';

const NAMES = /^(global|(region|facility|province|authority):.+)$/;
const KEYS = 'a cache key such as region:northern, province:NAME, authority:NAME, or the path of a figure';

const title = z.string().trim().min(1);
const titlesSchema = z
  .record(z.string(), z.strictObject({ en: title, th: title }))
  .superRefine((titles, { addIssue }) => {
    for (const key of Object.keys(titles))
      if (!NAMES.test(key) && !METRICS.some(({ path }) => path === key))
        addIssue({ code: 'custom', path: [key], message: `is not ${KEYS}` });
  });

/** Reads TITLES_FILE: JSON, `{ "region:northern": { "en": "The North", "th": "ภาคเหนือ" } }`. @throws ConfigError */
export async function readTitles(path: string | undefined): Promise<Titles> {
  if (path === undefined) return {};
  const fault = (message: string) => new ConfigError([`TITLES_FILE (${JSON.stringify(path)}) ${message}.`]);
  const text = await readFile(path, 'utf8').catch((error) => {
    throw fault(`cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  });
  const parsed = titlesSchema.safeParse(parse(text, fault));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path: at, message }) => `${at.join('.')}: ${message}`);
  throw fault(`is not as expected: ${faults.join('; ')}`);
}

function parse(text: string, fault: (message: string) => ConfigError): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw fault(`is not JSON: ${(error as Error).message}`);
  }
}
