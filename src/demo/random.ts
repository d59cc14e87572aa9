/**
 * Chance for demo data, as SQL: a hash of the column `row_seed` (bigint), which must be in scope, and of the name of what
 * is drawn. The same row and name give the same value on every server.
 */
import type { Db } from '../db/connection.ts';

export const drawn = (db: Db, name: string) =>
  db`(hashtextextended(${name}, row_seed) & 9223372036854775807)`;

/** A double, 0 <= x < 1. */
export const fraction = (db: Db, name: string) =>
  db`((hashtextextended(${name}, row_seed) & 1048575) / 1048576.0::float8)`;

/** A double, 0 <= x < 1, small ones being likelier: half of them are below a quarter. */
export const skewed = (db: Db, name: string) => db`(${fraction(db, name)} * ${fraction(db, name)})`;

/** An integer, `least` <= x <= `most`. */
export const between = (db: Db, name: string, least: number, most: number) =>
  db`(${least}::integer + (${drawn(db, name)} % ${most - least + 1})::integer)`;

export const oneOf = (db: Db, name: string, words: readonly string[]) =>
  db`(${words as string[]}::text[])[${between(db, name, 1, words.length)}]`;
