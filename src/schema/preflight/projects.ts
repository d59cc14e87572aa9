import type { Db } from '../../db/connection.ts';
import type { Check } from '../check.ts';

/** How much the migration reads, writes and indexes. */
export async function checkSize(db: Db, schema: string, migrated: boolean): Promise<Check> {
  const [{ rows, bytes, filled }] = await db<[{ rows: number; bytes: number; filled: number }]>`
    SELECT count(*) AS rows, pg_table_size(format('%I."Projects"', ${schema}::text)::regclass) AS bytes,
      count(*) FILTER (
        WHERE num_nulls("Inverter125kw", "Inverter80kw", "Inverter60kw", "Inverter40kw") > 0) AS filled
    FROM ${db(schema)}."Projects"`;
  const size = `${count(rows)} rows, ${count(Math.ceil(bytes / 2 ** 20))} MiB.`;
  const update = `Null inverter counts of ${count(filled)} become 0 by UPDATE, which fires the application's own triggers.`;
  const detail = filled > 0 && !migrated ? `${size} ${update}` : size;
  return { name: 'size of Projects', status: 'ok', detail };
}

/** What the statistics make of "Status". */
export async function checkStatus(db: Db, schema: string): Promise<Check> {
  const name = 'Status type';
  const type = await typeOf(db, schema, 'Status');
  if (!type) {
    const advice = 'Set DATABASE_URL to the database of the application: its "Projects" has that column.';
    return { name, status: 'failed', detail: 'There is no column "Status".', advice };
  }
  const known = /int/.test(type)
    ? ['0', '1', '2', '3', '4']
    : ['Planning', 'InProgress', 'Completed', 'OnHold', 'Cancelled'];
  const unknown = await db<{ value: string }[]>`
    SELECT format('%s (%s)', coalesce("Status"::text, 'null'), count(*)) AS value FROM ${db(schema)}."Projects"
    WHERE "Status" IS NULL OR "Status"::text <> ALL(${known}) GROUP BY "Status" ORDER BY 1`;
  if (unknown.length === 0) return { name, status: 'ok', detail: `${type}; every value is known.` };
  const values = unknown.map((row) => row.value).join(', ');
  return {
    name,
    status: 'warning',
    detail: `${type}; the statistics count these values (and rows) as unknown: ${values}.`,
    advice: `Known are ${known.join(', ')}.`,
  };
}

/** A column that was there before may hold what the new check refuses; the migration keeps it, for old rows. */
export async function checkCompletion(db: Db, schema: string): Promise<Check> {
  const name = 'CompletionPercentage';
  if (!(await typeOf(db, schema, name))) return { name, status: 'ok', detail: 'The migration adds it.' };
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

/** Of a column of "Projects"; undefined where there is none. */
async function typeOf(db: Db, schema: string, column: string): Promise<string | undefined> {
  const [row] = await db<{ type: string }[]>`
    SELECT format_type(atttypid, atttypmod) AS type FROM pg_attribute
    WHERE attrelid = format('%I."Projects"', ${schema}::text)::regclass AND attname = ${column} AND NOT attisdropped`;
  return row?.type;
}

function count(number: number): string {
  return number.toLocaleString('en');
}
