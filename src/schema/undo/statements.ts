import { MigrationError } from '../../errors.ts';
import type { CatalogObject } from '../catalog.ts';
import { type Changes, identity } from '../changes.ts';
import { identifier } from '../statement.ts';

type Kind = CatalogObject['kind'];

/** In the order in which nothing is dropped that something left depends on. */
const DROP: Record<Kind, (object: CatalogObject) => string> = {
  trigger: (it) => `DROP TRIGGER ${identifier(it.name)} ON ${tableOf(it)}`,
  constraint: (it) => `ALTER TABLE ${tableOf(it)} DROP CONSTRAINT ${identifier(it.name)}`,
  index: (it) => `DROP INDEX ${identifier(it.schema, it.name)}`,
  default: (it) => `ALTER TABLE ${tableOf(it)} ALTER COLUMN ${identifier(it.name)} DROP DEFAULT`,
  'not null': (it) => `ALTER TABLE ${tableOf(it)} ALTER COLUMN ${identifier(it.name)} DROP NOT NULL`,
  column: (it) => `ALTER TABLE ${tableOf(it)} DROP COLUMN ${identifier(it.name)}`,
  table: tableOf,
  function: (it) => `DROP FUNCTION ${identifier(it.schema)}.${it.name}`,
};

/** In the order in which each finds what it needs. Tables and columns are missing: what was in them is gone. */
const CREATE: Partial<Record<Kind, (object: CatalogObject) => string>> = {
  function: (it) => it.definition,
  default: (it) =>
    `ALTER TABLE ${tableOf(it)} ALTER COLUMN ${identifier(it.name)} SET DEFAULT ${it.definition}`,
  'not null': (it) => `ALTER TABLE ${tableOf(it)} ALTER COLUMN ${identifier(it.name)} SET NOT NULL`,
  constraint: (it) => `ALTER TABLE ${tableOf(it)} ADD CONSTRAINT ${identifier(it.name)} ${it.definition}`,
  index: (it) => it.definition,
};

/**
 * What takes the changes back in a database that now has `present`. No CASCADE: what somebody built on an object of ours
 * makes the statement fail, and is not dropped.
 *
 * @throws MigrationError where a migration removed what no statement can bring back
 */
export function undoStatements(changes: Changes, present: readonly CatalogObject[]): string[] {
  const doomed = objectsToDrop(changes, present);
  const tables = doomed.filter((object) => object.kind === 'table').map(tableOf);
  const drops = Object.entries(DROP).flatMap(([kind, drop]) => {
    // All at once, because they refer to each other.
    if (kind === 'table') return tables.length > 0 ? [`DROP TABLE ${tables.join(', ')}`] : [];
    return doomed.filter((object) => object.kind === kind).map(drop);
  });
  const lost = changes.removed.find((object) => !(object.kind in CREATE));
  if (lost) throw new MigrationError(`The ${lost.kind} ${lost.name} was dropped, and only a backup has it.`);
  const creates = Object.entries(CREATE).flatMap(([kind, create]) =>
    changes.removed.filter((object) => object.kind === kind).map(create),
  );
  return [...drops, ...creates];
}

/** What was added and is still there, without what goes along with its table or column. */
export function objectsToDrop(changes: Changes, present: readonly CatalogObject[]): CatalogObject[] {
  const here = new Set(present.map(identity));
  // A function that was there before is replaced, not dropped: triggers call it.
  const before = new Set(changes.removed.filter(({ kind }) => kind === 'function').map(identity));
  const added = changes.added.filter((object) => here.has(identity(object)) && !before.has(identity(object)));
  const tables = new Set(added.filter(({ kind }) => kind === 'table').map(tableOf));
  const columns = new Set(added.filter(({ kind }) => kind === 'column').map(columnOf));
  return added.filter((object) => {
    if (object.kind === 'table') return true;
    if (tables.has(tableOf(object))) return false;
    return !(object.kind === 'default' || object.kind === 'not null') || !columns.has(columnOf(object));
  });
}

/** The qualified and quoted name of an object's table. */
export function tableOf({ schema, table }: CatalogObject): string {
  return identifier(schema, table);
}

function columnOf(object: CatalogObject): string {
  return identifier(object.schema, object.table, object.name);
}
