/**
 * The tables of cells: sums of contributions, over all projects and by the region and by the facility type written in them, so
 * that a change costs what it touches. cells.ts adds to them, evaluate.ts reads documents from them, and places.ts decides which scope a
 * cell belongs to.
 *
 * A build creates a set of tables of its own, a generation; the state row names the one in use.
 */
import type { Tx } from '../db/connection.ts';
import { CONTRIBUTION } from './contribution.ts';
import { ROW_JSON } from './document.ts';
import { DAY_KINDS, quoted, ROW_FIGURES, RUNNING_COUNTS, SUMS } from './figures.ts';

/** A row in which this is 0 counts no project. */
export const PROJECTS = quoted('totalProjects');

/**
 * `scope`, `region` and `facility` are cache keys (`global`, `region:northern`, `facility:reservoir`), of names as
 * projects have them written; `region` and `facility` alone stand for those that have none. Tables with the figures of a row in
 * a list also keep it as text, `json` (rowJson).
 */
export const CELLS = {
  totals: { key: { scope: 'text' }, sums: [...SUMS, ...RUNNING_COUNTS].map(({ name }) => quoted(name)) },
  /** How many projects of a scope have their day of a kind on that day, and how much happened then. */
  days: { key: { scope: 'text', kind: 'text', day: 'date' }, sums: ['n'] },
  provinces: { key: { scope: 'text', province: 'text' }, sums: ROW_FIGURES.map(quoted) },
  /** `authority`: `name:` and what the project has written, else its facility cell, so that a read finds what that type says now. */
  authorities: { key: { scope: 'text', authority: 'text' }, sums: ROW_FIGURES.map(quoted) },
  /** Region by facility type, for the breakdowns; by type first, as there are more regions: the longest lists lie together. */
  breakdowns: { key: { facility: 'text', region: 'text' }, sums: ROW_FIGURES.map(quoted) },
} as const;

/**
 * Where each cell of `totals` counts. `key`, `id` and `display_name`: of the scope; null for what is in none, which lists as unassigned.
 * `number`: of the scope, in the order of lists among those of its type. `alone`: no other cell counts there. `main`: one cell of each scope.
 */
const PLACES = `cell text PRIMARY KEY, type text NOT NULL, number integer NOT NULL, key text, id uuid, display_name text, json_name text NOT NULL,
  authority text, alone boolean NOT NULL, main boolean NOT NULL`;

/** Older nodes do not know a table that is new here, and would leave it as it is: let another one get a new name, so that they scan. */
export type CellTable = 'contributions' | 'places' | keyof typeof CELLS;
export const CELL_TABLES = ['contributions', 'places', ...Object.keys(CELLS)] as CellTable[];

/** Of one generation. */
export const tableOf = (table: CellTable, generation: number) => `dashboard_stats.${table}_${generation}`;

/** Of a contribution, the cell that it counts in. */
export const BY_CELL = {
  region: `coalesce('region:' || region, 'region')`,
  facility: `coalesce('facility:' || facility, 'facility')`,
};

/** Creates the empty tables of a generation. */
export async function createTables(tx: Tx, generation: number): Promise<void> {
  const cells = Object.entries(CELLS).map(([table, { key, sums }]) => {
    const columns = [
      ...Object.entries(key).map(([name, type]) => `${name} ${type}`),
      ...((sums as readonly string[]).includes(PROJECTS)
        ? [`json text GENERATED ALWAYS AS (${ROW_JSON}) STORED`]
        : []),
      ...sums.map((name) => `${name} numeric NOT NULL DEFAULT 0`),
      `PRIMARY KEY (${Object.keys(key).join(', ')})`,
    ];
    // Half of each page stays free, so that a cell is updated in place and needs no new index entry.
    return `CREATE TABLE ${tableOf(table as CellTable, generation)} (${columns.join(', ')}) WITH (fillfactor = 50)`;
  });
  const contribution = CONTRIBUTION.map(({ name, type }) => `${name} ${type}`).join(', ');
  await tx.unsafe(
    [
      // A fifth stays free: a contribution whose days stay the same is updated in place too, and needs no new entry in the
      // indexes of lists.
      `CREATE TABLE ${tableOf('contributions', generation)} (${contribution}, PRIMARY KEY (project_id)) WITH (fillfactor = 80)`,
      ...cells,
      `CREATE TABLE ${tableOf('places', generation)} (${PLACES})`,
      `CREATE INDEX ON ${tableOf('breakdowns', generation)} (region)`,
      grantToSchemaOwner(generation),
    ].join(';\n'),
  );
}

/** For the lists (lists.ts): the projects of a cell by each kind of day. To be created when the contributions are there. */
export async function createListIndexes(tx: Tx, generation: number): Promise<void> {
  const days = new Map(Object.values(DAY_KINDS).map(({ day, where }) => [day, where]));
  const indexes = [...days].flatMap(([day, where]) =>
    Object.values(BY_CELL).map(
      (cell) => `CREATE INDEX ON ${tableOf('contributions', generation)} ((${cell}), ${day}, project_id)
        WHERE ${where} AND ${day} IS NOT NULL`,
    ),
  );
  await tx.unsafe(indexes.join(';\n'));
}

/** The owner of the schema dumps the database: one table that it may not read would stop its pg_dump. */
const grantToSchemaOwner = (generation: number) => `DO $$ BEGIN
  EXECUTE format('GRANT SELECT ON ${CELL_TABLES.map((table) => tableOf(table, generation)).join(', ')} TO %I',
    (SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'dashboard_stats'));
END $$`;

/** Drops the tables of every generation, but those that somebody reads now, as a dump does, and those of another owner. */
export async function dropTables(tx: Tx): Promise<void> {
  await tx.unsafe(`DO $$
    DECLARE cells regclass;
    BEGIN
      FOR cells IN SELECT oid FROM pg_class
        WHERE relnamespace = 'dashboard_stats'::regnamespace AND relkind = 'r' AND relname ~ '^(${CELL_TABLES.join('|')})_\\d+$'
      LOOP
        BEGIN
          EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE NOWAIT', cells);
          EXECUTE format('DROP TABLE %s', cells);
        EXCEPTION WHEN lock_not_available OR insufficient_privilege THEN
        END;
      END LOOP;
    END $$`);
}
