/** Writing to see whether it works: in a transaction that is rolled back, with a row like those that are there. */
import type { Sql, Tx } from '../db/connection.ts';
import { transaction } from '../db/transaction.ts';

/** Carries what was found out of the transaction, and rolls it back. */
class RolledBack<T> extends Error {
  constructor(readonly found: T) {
    super('rolled back on purpose');
  }
}

/** Does `work` and undoes what it wrote. Whoever waits for a lock here would make others wait: no longer than 2 s. */
export async function onTrial<T>(sql: Sql, work: (tx: Tx) => Promise<T>): Promise<T> {
  try {
    return await transaction(sql, { isolation: 'read committed' }, async (tx) => {
      await tx`SELECT set_config('lock_timeout', '2s', true)`;
      throw new RolledBack(await work(tx));
    });
  } catch (error) {
    if (error instanceof RolledBack) return error.found;
    throw error;
  }
}

/**
 * Inserts a row that has `own`, in columns that the table has, and what the application asks of one besides.
 *
 * @param base for an empty table; otherwise a row that is there says what is asked
 */
export async function insertLike(
  tx: Tx,
  schema: string,
  table: string,
  base: Record<string, unknown>,
  own: Record<string, unknown>,
): Promise<void> {
  const name = tx`${tx(schema)}.${tx(table)}`;
  const [like] = await tx<
    { row: Record<string, unknown> }[]
  >`SELECT to_jsonb(t) AS row FROM ${name} t LIMIT 1`;
  const given = await tx<{ column: string }[]>`
    SELECT attname AS column FROM pg_attribute
    WHERE attrelid = format('%I.%I', ${schema}::text, ${table}::text)::regclass AND attnum > 0 AND NOT attisdropped
      AND attgenerated = '' AND attidentity = ''`;
  const values = { ...base, ...like?.row, ...own };
  const columns = given.map(({ column }) => column).filter((column) => column in values);
  await tx`
    INSERT INTO ${name} (${tx(columns)})
    SELECT ${tx(columns)} FROM jsonb_populate_record(NULL::${name}, ${JSON.stringify(values)}::text::jsonb)`;
}
