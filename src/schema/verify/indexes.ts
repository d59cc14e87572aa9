import type { Db } from '../../db/connection.ts';
import { canonicalIndex, type Index } from '../expected/indexes.ts';
import { identifier } from '../statement.ts';
import type { Fault } from './fault.ts';

interface FoundIndex {
  table: string;
  name: string;
  definition: string;
  valid: boolean;
}

/**
 * One fault for each index that is missing, broken, or whose name stands for another one. An index of the same
 * definition under another name does as well, while the name is free.
 */
export async function checkIndexes(db: Db, schema: string, expected: readonly Index[]): Promise<Fault[]> {
  const found = await readIndexes(db, schema);
  return expected.flatMap(([table, name, definition]): Fault[] => {
    const create = createIndex(schema, [table, name, definition]);
    // sql/009 makes its two whatever there is, and would fail; sql/007 makes those whose names are free.
    const standing = table === 'DashboardStatsCache' ? 'refuses' : 'leaves';
    const fault = (detail: string, clear?: string): Fault[] => [
      {
        name: `index ${name}`,
        table,
        status: 'failed',
        detail,
        sql: clear === undefined ? create : `${clear}\n${create}`,
        ...(clear === undefined ? { migrate: 'mends' } : { migrate: standing, sqlBefore: clear }),
      },
    ];
    const same = found.find((one) => one.name === name);
    if (same && isOther(same, [table, name, definition])) {
      return fault(takenBy(same), rename(schema, name));
    }
    const index = same ?? found.find((one) => one.valid && !isOther(one, [table, name, definition]));
    if (!index) return fault(`It is missing on ${table}: ${definition}.`);
    if (index.valid) return [];
    return fault('It is not valid: building it was interrupted.', `DROP INDEX ${identifier(schema, name)};`);
  });
}

function readIndexes(db: Db, schema: string): Promise<FoundIndex[]> {
  return db<FoundIndex[]>`
    SELECT tab.relname AS table, index.relname AS name, pg_get_indexdef(indexrelid) AS definition,
      indisvalid AND indisready AS valid
    FROM pg_index
    JOIN pg_class index ON index.oid = indexrelid
    JOIN pg_class tab ON tab.oid = indrelid
    WHERE tab.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = ${schema})`;
}

function isOther(found: FoundIndex, [table, , definition]: Index): boolean {
  return found.table !== table || canonicalIndex(found.definition) !== canonicalIndex(definition);
}

function takenBy({ definition }: FoundIndex): string {
  return `The name is taken by another index: ${definition}.`;
}

/** Not dropped: whoever made it may need it. */
function rename(schema: string, name: string): string {
  return `ALTER INDEX ${identifier(schema, name)} RENAME TO ${identifier(`${name}_other`)};`;
}

function createIndex(schema: string, [table, name, definition]: Index): string {
  const [, unique = '', what] = /^(UNIQUE )?(.*)$/.exec(definition) ?? [];
  return `CREATE ${unique}INDEX ${identifier(name)} ON ${identifier(schema, table)} ${what};`;
}
