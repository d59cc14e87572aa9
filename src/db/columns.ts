/** How our SQL reads columns that others declare and fill. */

/**
 * A text column of the application's, under the database's own collation. Its column may have another one: two texts whose
 * columns differ in it cannot be compared or grouped, and a nondeterministic one takes different texts for equal. Read this
 * way two texts are equal where their bytes are, on every axis and in both engines. For a column that has no collation of its
 * own the planner drops it.
 */
export const textOf = (column: string) => `(${column}::text COLLATE pg_catalog."default")`;

/**
 * The form in which two texts are equal that differ in case only. A to Z first: where the database is Turkish, its own rules make a
 * dotless ı of the I in `PUMPING_STATION`. Other letters follow the database's rules.
 */
export const lowerCase = (text: string) =>
  `lower(lower(${text} COLLATE pg_catalog."C") COLLATE pg_catalog."default")`;

/**
 * A timestamp that somebody may have set to anything, as one between the years 1970 and 9999: PostgreSQL up to 16 cannot
 * subtract `infinity`, and a Date of JavaScript can hold neither that nor an offset with seconds, which early years have.
 * NULL reads as 1970.
 */
export const finiteTime = (column: string) =>
  `least(greatest(${column}, '1970-01-01 00:00+00'), '9999-01-01 00:00+00')`;

/** From now until the time in a column, negative after it. */
export const secondsUntil = (column: string) =>
  `extract(epoch FROM ${finiteTime(column)} - clock_timestamp())::float8`;
