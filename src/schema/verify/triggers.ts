import type { Db } from '../../db/connection.ts';
import { ROW_FUNCTIONS, TRIGGERS } from '../../engine/sql/trigger-state.ts';
import type { Check } from '../check.ts';
import type { MigrationFile } from '../migration-files.ts';
import { identifier } from '../statement.ts';
import { statementFrom } from './sql-files.ts';

interface Trigger {
  table: string;
  name: string;
  /** With @ for the table. */
  definition: string;
  always: boolean;
}

/**
 * One check for each function or trigger that is missing, is another one than the migration makes, or is not enabled in
 * every session.
 */
export async function checkTriggers(
  db: Db,
  schema: string,
  files: readonly MigrationFile[],
): Promise<Check[]> {
  const found = await db<Trigger[]>`
    SELECT relname AS table, tgname AS name, tgenabled = 'A' AS always,
      replace(pg_get_triggerdef(pg_trigger.oid), format('%I.%I', ${schema}::text, relname), '@') AS definition
    FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE NOT tgisinternal AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = ${schema})`;
  const wanted = Object.entries(ROW_FUNCTIONS).flatMap(([table, rowFunction]) => [
    trigger(table, TRIGGERS.row, 'INSERT OR DELETE OR UPDATE', 'ROW', rowFunction),
    trigger(table, TRIGGERS.truncate, 'TRUNCATE', 'STATEMENT', 'mark_everything'),
  ]);
  const faults = wanted.flatMap((one) =>
    compare(
      schema,
      one,
      found.find(({ table, name }) => table === one.table && name === one.name),
    ),
  );
  return [...(await checkFunctions(db, files)), ...faults];
}

function trigger(table: string, name: string, events: string, each: string, calls: string): Trigger {
  const definition = `CREATE TRIGGER ${name} AFTER ${events} ON @ FOR EACH ${each} EXECUTE FUNCTION dashboard_stats.${calls}()`;
  return { table, name, definition, always: true };
}

function compare(schema: string, wanted: Trigger, found: Trigger | undefined): Check[] {
  const table = identifier(schema, wanted.table);
  const create = `${wanted.definition.replace('@', table)};`;
  const enable = `ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${wanted.name};`;
  const fault = (detail: string, ...statements: string[]): Check[] => [
    {
      name: `trigger ${wanted.table}.${wanted.name}`,
      status: 'failed',
      detail,
      sql: statements.join('\n'),
    },
  ];
  if (!found) return fault('It is missing: changes of the table go unnoticed.', create, enable);
  if (found.definition !== wanted.definition) {
    const drop = `DROP TRIGGER ${wanted.name} ON ${table};`;
    return fault(`It is another one: ${found.definition.replace('@', table)}.`, drop, create, enable);
  }
  return found.always ? [] : fault('It is disabled, or not enabled in every session (ALWAYS).', enable);
}

/** A function is right when its body stands in the migrations, it runs as its owner, and its search path is pinned where they do. */
async function checkFunctions(db: Db, files: readonly MigrationFile[]): Promise<Check[]> {
  const found = await db<{ name: string; body: string; asOwner: boolean; pinned: boolean }[]>`
    SELECT proname AS name, prosrc AS body, prosecdef AS "asOwner",
      coalesce(proconfig @> ARRAY['search_path=pg_catalog, pg_temp'], false) AS pinned
    FROM pg_proc WHERE pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'dashboard_stats')`;
  return [...new Set(Object.values(ROW_FUNCTIONS))].flatMap((name): Check[] => {
    const statement = statementFrom(files, `CREATE FUNCTION dashboard_stats.${name}()`);
    const one = found.find((row) => row.name === name);
    const pins = statement.includes('SET search_path = pg_catalog, pg_temp');
    if (one?.asOwner && one.pinned === pins && statement.includes(one.body)) return [];
    return [
      {
        name: `function dashboard_stats.${name}`,
        status: 'failed',
        detail: one ? 'It is another one than the migration makes.' : 'It is missing.',
        sql: statement.replace('CREATE FUNCTION', 'CREATE OR REPLACE FUNCTION'),
      },
    ];
  });
}
