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

function count(number: number): string {
  return number.toLocaleString('en');
}
