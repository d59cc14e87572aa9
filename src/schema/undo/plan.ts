/** What the undo of migrations would take away, found out before anything is touched. */
import type { Tx } from '../../db/connection.ts';
import { MigrationError } from '../../errors.ts';
import { type CatalogObject, readCatalog } from '../catalog.ts';
import { type Changes, identity } from '../changes.ts';
import { OWN_SCHEMA } from '../expected/own-schema.ts';
import { readRecordsAbove } from '../record.ts';
import { identifier } from '../statement.ts';
import { requireUndoable } from './obstacles.ts';
import { objectsToDrop, tableOf } from './statements.ts';

export interface UndoPlan {
  /** The names of the migrations, in the order in which they are undone; none: there is nothing to undo. */
  migrations: string[];
  /** The application's tables that are dropped, with their rows. What is in the service's own can be computed again. */
  tables: { name: string; rows: number }[];
  /** Likewise columns of tables that stay, with the values that are neither null nor the column's default; only those that have some. */
  columns: { name: string; values: number }[];
  /** Not made by the migrations, but on a table or column that is dropped. */
  others: string[];
  /** What stays as the migrations made it. */
  stays: string[];
}

/** Of what these did to a table that was there before, no trace was kept. */
const STAYS: Readonly<Record<number, { table: string; what: string }>> = {
  2: { table: 'Projects', what: 'Inverter counts of "Projects" that were null before the migration stay 0.' },
  9: {
    table: 'DashboardStatsCache',
    what: 'Rows of "DashboardStatsCache" that were duplicates of a cache key, and documents that were computed anew since, do not come back.',
  },
};

const CLASSIFIED = ['Province', 'Region', 'FacilityType'];

/**
 * What the undo of every migration after number `to` would do. Only reads. Call it where unqualified names lead to the
 * application's tables.
 *
 * @throws MigrationError where it cannot be undone: see requireUndoable(); or no record of the changes
 */
export async function planUndo(tx: Tx, to: number): Promise<UndoPlan> {
  const records = await readRecordsAbove(tx, to);
  const present = await readCatalog(tx);
  const changes = records.map((record) => changesOf(record));
  await requireUndoable(tx, changes, present);
  const drops = changes.flatMap((one) => objectsToDrop(one, present));
  const tables = drops.filter(({ kind }) => kind === 'table');
  const dropped = new Set(tables.map(tableOf));
  const columns = drops.filter((it) => it.kind === 'column' && !dropped.has(tableOf(it)));
  const isTheirs = ({ schema }: CatalogObject) => schema !== OWN_SCHEMA;
  const ours = new Set(changes.flatMap((one) => one.added).map(identity));
  const goesAlong = (object: CatalogObject) =>
    dropped.has(tableOf(object)) ||
    columns.some((column) => tableOf(column) === tableOf(object) && object.columns.includes(column.name));
  return {
    migrations: records.map((record) => record.name),
    tables: await Promise.all(
      tables.filter(isTheirs).map(async (it) => ({ name: tableOf(it), rows: await countRows(tx, it) })),
    ),
    columns: (
      await Promise.all(columns.filter(isTheirs).map((column) => countValues(tx, column, present)))
    ).filter((column) => column.values > 0),
    others: present
      .filter((object) => goesAlong(object) && !ours.has(identity(object)))
      .filter(({ kind }) => kind !== 'default' && kind !== 'not null')
      .map((object) => `${object.kind} ${identifier(object.name)} on ${tableOf(object)}`),
    stays: [
      ...records.flatMap(({ number }) => {
        const one = STAYS[number];
        return one && present.some((it) => it.table === one.table && !dropped.has(tableOf(it)))
          ? [one.what]
          : [];
      }),
      ...classified(drops, present),
    ],
  };
}

/** Of the columns that `classify` fills, those that stay while the rows that tell what it wrote are dropped. */
function classified(drops: readonly CatalogObject[], present: readonly CatalogObject[]): string[] {
  if (!drops.some(({ kind, table }) => kind === 'table' && table === 'ProjectRegionAssignments')) return [];
  const isOne = ({ kind, table, name }: CatalogObject) =>
    kind === 'column' && table === 'Projects' && CLASSIFIED.includes(name);
  const dropped = new Set(drops.filter(isOne).map(({ name }) => name));
  const staying = CLASSIFIED.filter(
    (name) => !dropped.has(name) && present.some((it) => isOne(it) && it.name === name),
  );
  if (staying.length === 0) return [];
  return [
    `What \`classify\` wrote into ${staying.map((name) => identifier(name)).join(', ')} of "Projects" stays, and nothing tells it any more from what others wrote.`,
  ];
}

/**
 * What a migration changed; nothing where it was skipped.
 *
 * @throws MigrationError where the version that ran it did not write it down
 */
export function changesOf(record: { name: string; skipped: boolean; changes: Changes | null }): Changes {
  if (record.changes) return record.changes;
  if (record.skipped) return { added: [], removed: [], rows: [] };
  throw new MigrationError(
    `What ${record.name} changed was not written down: an early version of this program ran it.`,
    {
      help: 'Go back by a backup: rollback --to FILE.',
    },
  );
}

async function countRows(tx: Tx, { schema, table }: CatalogObject): Promise<number> {
  const [{ count }] = await tx<[{ count: number }]>`SELECT count(*) FROM ${tx(schema)}.${tx(table)}`;
  return count;
}

async function countValues(
  tx: Tx,
  column: CatalogObject,
  present: readonly CatalogObject[],
): Promise<{ name: string; values: number }> {
  const normal = present.find((it) => identity(it) === identity({ ...column, kind: 'default' }));
  const [{ count }] = await tx<[{ count: number }]>`
    SELECT count(*) FROM ${tx(column.schema)}.${tx(column.table)}
    WHERE ${tx(column.name)} IS NOT NULL
      ${normal ? tx`AND ${tx(column.name)} IS DISTINCT FROM (${tx.unsafe(normal.definition)})` : tx``}`;
  return { name: `${tableOf(column)}.${identifier(column.name)}`, values: count };
}
