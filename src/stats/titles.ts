/** What scopes, provinces, authorities and figures are called, in English and Thai. */
import { z } from 'zod';
import thaiNames from './thai-names.json' with { type: 'json' };

export const titleSchema = z.object({ en: z.string(), th: z.string() });
export type Title = z.infer<typeof titleSchema>;

/** Titles that an operator gives (TITLES_FILE): by cache key, `province:NAME`, `authority:NAME`, or the path of a figure. */
export type Titles = Readonly<Record<string, Title>>;

const THAI: Readonly<Record<string, string>> = thaiNames;

/** @param own the name in the data, which is also the title in a language that has no other one */
export function titleOf(key: string, own: string, given: Titles, english = own): Title {
  return given[key] ?? { en: english, th: THAI[key] ?? own };
}
