import type { Db } from '../../db/connection.ts';
import type { Check } from '../check.ts';

/** How large "Projects" is, and how much of it the migration writes. */
export interface Size {
  rows: number;
  /** Rows with an inverter count that is null: the migration writes each of them once; 0 where it did so already. */
  rewritten: number;
  /** Of the table without its indexes. */
  bytes: number;
}

/** `filled`: the step that fills null inverter counts has run. */
export async function readSize(db: Db, schema: string, filled: boolean): Promise<Size> {
  const [size] = await db<[Size]>`
    SELECT count(*) AS rows, count(*) FILTER (WHERE NOT ${filled} AND ("Inverter125kw" IS NULL OR "Inverter80kw" IS NULL
        OR "Inverter60kw" IS NULL OR "Inverter40kw" IS NULL)) AS rewritten,
      pg_relation_size(format('%I."Projects"', ${schema}::text)::regclass) AS bytes
    FROM ${db(schema)}."Projects"`;
  return size;
}

/**
 * Microseconds for a row, measured at 100,000 rows on two busy cores with fsync on: reading it for a check, indexing it,
 * and writing it ahead in small transactions, during which nobody waits.
 */
const READ_US = 3;
const INDEX_US = 10;
const WRITE_US = 70;

/** How long the application will wait for "Projects", by the number of rows. */
export function checkLockTime({ rows, rewritten }: Size): Check {
  const closed = rows * READ_US;
  const readable = rows * INDEX_US;
  const long = closed + readable > 10_000_000;
  return {
    name: 'lock time',
    status: long ? 'warning' : 'ok',
    detail:
      `"Projects" has ${count(rows)} rows, of which ${count(rewritten)} get 0 for a null inverter count first, in small ` +
      `transactions, for about ${seconds(rewritten * WRITE_US)}. Then it is closed for about ${seconds(closed)}, and after ` +
      `a pause readable but not writable for about ${seconds(readable)}. Estimated from one measurement ` +
      '(100,000 rows, two busy cores); a real server can differ by several times. For each step it also wants "Users" ' +
      'or "Projects" for itself for a moment: while a transaction that uses them is open, it tries for 0.2 s now and then.',
    ...(long ? { advice: 'Migrate when few people work.' } : {}),
  };
}

/** What the statistics make of "Status". */
export async function checkStatus(db: Db, schema: string): Promise<Check> {
  const name = 'Status type';
  const [column] = await db<{ type: string }[]>`
    SELECT format_type(atttypid, atttypmod) AS type FROM pg_attribute
    WHERE attrelid = format('%I."Projects"', ${schema}::text)::regclass AND attname = 'Status' AND NOT attisdropped`;
  if (!column) {
    const advice = 'Set DATABASE_URL to the database of the application: its "Projects" has that column.';
    return { name, status: 'failed', detail: 'There is no column "Status".', advice };
  }
  const known = /int/.test(column.type)
    ? ['0', '1', '2', '3', '4']
    : ['Planning', 'InProgress', 'Completed', 'OnHold', 'Cancelled'];
  const unknown = await db<{ value: string }[]>`
    SELECT format('%s (%s)', coalesce("Status"::text, 'null'), count(*)) AS value FROM ${db(schema)}."Projects"
    WHERE "Status" IS NULL OR "Status"::text <> ALL(${known}) GROUP BY "Status" ORDER BY 1`;
  if (unknown.length === 0) return { name, status: 'ok', detail: `${column.type}; every value is known.` };
  const values = unknown.map((row) => row.value).join(', ');
  return {
    name,
    status: 'warning',
    detail: `${column.type}; the statistics count these values (and rows) as unknown: ${values}.`,
    advice: `Known are ${known.join(', ')}.`,
  };
}

/** A column that was there before may hold what the new check refuses; the migration keeps it, for old rows. */
export async function checkCompletion(db: Db, schema: string): Promise<Check> {
  const name = 'CompletionPercentage';
  const [column] = await db<object[]>`
    SELECT FROM pg_attribute
    WHERE attrelid = format('%I."Projects"', ${schema}::text)::regclass AND attname = ${name} AND NOT attisdropped`;
  if (!column) return { name, status: 'ok', detail: 'The migration adds it.' };
  const [{ outside }] = await db<[{ outside: number }]>`
    SELECT count(*) AS outside FROM ${db(schema)}."Projects" WHERE NOT "CompletionPercentage" BETWEEN 0 AND 100`;
  if (outside === 0) return { name, status: 'ok', detail: 'Every value is within 0 to 100.' };
  return {
    name,
    status: 'warning',
    detail:
      `${count(outside)} rows are outside of 0 to 100, or NaN. They keep their value, but from then on the database refuses ` +
      'to update such a row, whatever column changes.',
    advice:
      'Correct them: SELECT "ProjectId", "CompletionPercentage" FROM "Projects" WHERE NOT "CompletionPercentage" BETWEEN 0 AND 100;',
  };
}

function count(number: number): string {
  return number.toLocaleString('en');
}

function seconds(us: number): string {
  return us <= 1_000_000 ? 'a second' : `${Math.ceil(us / 1_000_000)} seconds`;
}
