/** What would make an undo fail on its way, found out before its first step. */
import type { Tx } from '../../db/connection.ts';
import { MigrationError } from '../../errors.ts';
import type { CatalogObject } from '../catalog.ts';
import type { Changes } from '../changes.ts';
import { recordWriters, revokeWriting } from '../record.ts';
import { identifier } from '../statement.ts';
import { objectsToDrop, tableOf } from './statements.ts';

/**
 * Only reads.
 *
 * @param changes of every migration that is to be undone
 * @throws MigrationError: somebody else may have written `changes`; the role owns not all of it; somebody built on it,
 * which a DROP without CASCADE refuses (each is named); rows that the former schema does not allow
 */
export async function requireUndoable(
  tx: Tx,
  changes: readonly Changes[],
  present: readonly CatalogObject[],
): Promise<void> {
  await requireTrust(tx);
  const doomed = changes.flatMap((one) => objectsToDrop(one, present));
  await requireOwnership(tx, doomed);
  await requireNoDependents(tx, doomed);
  const dropped = new Set(doomed.filter(({ kind }) => kind === 'table').map(tableOf));
  for (const rule of changes.flatMap((one) => one.removed)) {
    if (rule.kind === 'not null' && !dropped.has(tableOf(rule))) await requireValues(tx, rule);
  }
}

/** Definitions of the record are run as they stand, with all the rights of whoever undoes. */
async function requireTrust(tx: Tx): Promise<void> {
  const writers = await recordWriters(tx);
  if (writers.length === 0) return;
  throw new MigrationError(
    `${writers.join(', ')} may write dashboard_stats.migrations, and an undo runs what stands there. Nothing was undone.`,
    {
      help: [
        'Make sure that the column "changes" holds nothing of theirs (or go back by a backup: rollback --to FILE), then:',
        ...writers.map(revokeWriting),
      ].join('\n'),
    },
  );
}

async function requireOwnership(tx: Tx, doomed: readonly CatalogObject[]): Promise<void> {
  const tables = [...new Set(doomed.filter(({ table }) => table).map(tableOf))];
  const foreign = await tx<{ name: string; owner: string; role: string }[]>`
    SELECT wanted AS name, pg_get_userbyid(relowner) AS owner, current_user AS role
    FROM unnest(${tables}::text[]) AS wanted JOIN pg_class ON pg_class.oid = to_regclass(wanted)
    WHERE NOT pg_has_role(relowner, 'USAGE') ORDER BY wanted`;
  if (foreign.length === 0) return;
  const list = foreign.map(({ name, owner }) => `\n  ${name} belongs to ${owner}`).join('');
  throw new MigrationError(
    `The role ${foreign[0]?.role} does not own all that is to be undone. Nothing was undone.${list}`,
    { help: 'Use the role that migrated in DATABASE_URL.' },
  );
}

async function requireNoDependents(tx: Tx, doomed: readonly CatalogObject[]): Promise<void> {
  const dependents = await findDependents(tx, doomed);
  if (dependents.length === 0) return;
  throw new MigrationError(
    `Others have built on what is to be undone. Nothing was undone.\n  ${dependents.join('\n  ')}`,
    { help: 'Drop what is listed, or make it do without, then run this again.' },
  );
}

/**
 * One line for each object that a DROP of all of `doomed` without CASCADE would stop at, by PostgreSQL's own rule: what
 * depends automatically or internally (a, i, and P and S of partitions) goes along, what depends normally (n) does not,
 * nor does an object of which only a part would go.
 */
async function findDependents(tx: Tx, doomed: readonly CatalogObject[]): Promise<string[]> {
  const objects = doomed.map(({ kind, schema, table, name }) => ({ kind, schema, table, name }));
  const rows = await tx<{ line: string }[]>`
    WITH RECURSIVE wanted AS (
      SELECT kind, name, to_regclass(format('%I.%I', schema, "table")) AS relation,
        to_regclass(format('%I.%I', schema, name)) AS index, to_regnamespace(quote_ident(schema)) AS namespace
      FROM jsonb_to_recordset(${tx.json(objects)}) AS object (kind text, schema text, "table" text, name text)
    ), gone (classid, objid, objsubid) AS (
      SELECT * FROM (
        SELECT 'pg_class'::regclass::oid, relation::oid, 0 FROM wanted WHERE kind = 'table'
        UNION ALL
        SELECT 'pg_class'::regclass, attrelid, attnum FROM wanted JOIN pg_attribute ON attrelid = relation AND attname = name
        WHERE kind = 'column'
        UNION ALL
        SELECT 'pg_constraint'::regclass, oid, 0 FROM wanted JOIN pg_constraint ON conrelid = relation AND conname = name
        WHERE kind = 'constraint'
        UNION ALL
        SELECT 'pg_class'::regclass, index::oid, 0 FROM wanted WHERE kind = 'index'
        UNION ALL
        SELECT 'pg_trigger'::regclass, oid, 0 FROM wanted JOIN pg_trigger ON tgrelid = relation AND tgname = name
        WHERE kind = 'trigger'
        UNION ALL
        SELECT 'pg_proc'::regclass, oid, 0 FROM wanted JOIN pg_proc ON pronamespace = namespace
          AND format('%I(%s)', proname, pg_get_function_identity_arguments(oid)) = name
        WHERE kind = 'function'
      ) AS roots
      UNION
      SELECT d.classid, d.objid, d.objsubid
      FROM gone g JOIN pg_depend d ON d.refclassid = g.classid AND d.refobjid = g.objid AND g.objsubid IN (0, d.refobjsubid)
      WHERE d.deptype IN ('a', 'i', 'P', 'S')
    ), stopping AS (
      SELECT d.classid, d.objid, d.objsubid, g.classid AS refclassid, g.objid AS refobjid, d.refobjsubid
      FROM gone g JOIN pg_depend d ON d.refclassid = g.classid AND d.refobjid = g.objid AND g.objsubid IN (0, d.refobjsubid)
      WHERE d.deptype = 'n'
      UNION
      SELECT d.refclassid, d.refobjid, d.refobjsubid, g.classid, g.objid, g.objsubid
      FROM gone g JOIN pg_depend d ON d.classid = g.classid AND d.objid = g.objid AND d.objsubid = g.objsubid
      WHERE d.deptype = 'i'
    )
    SELECT DISTINCT format('%s depends on %s',
      -- A view depends by its rule; the rule is a part of the view.
      coalesce(pg_describe_object(whole.refclassid, whole.refobjid, whole.refobjsubid),
        pg_describe_object(s.classid, s.objid, s.objsubid)),
      pg_describe_object(s.refclassid, s.refobjid, s.refobjsubid)) AS line
    FROM stopping s
    LEFT JOIN pg_depend whole ON whole.classid = s.classid AND whole.objid = s.objid AND whole.objsubid = s.objsubid
      AND whole.deptype = 'i'
    WHERE NOT EXISTS (
      SELECT FROM gone WHERE gone.classid = s.classid AND gone.objid = s.objid AND gone.objsubid IN (0, s.objsubid))
    ORDER BY line`;
  return rows.map((row) => row.line);
}

async function requireValues(tx: Tx, rule: CatalogObject): Promise<void> {
  const [{ count }] = await tx<[{ count: number }]>`
    SELECT count(*) FROM ${tx(rule.schema)}.${tx(rule.table)} WHERE ${tx(rule.name)} IS NULL`;
  if (count === 0) return;
  const column = `${tableOf(rule)}.${identifier(rule.name)}`;
  throw new MigrationError(
    `${column} cannot be NOT NULL again: ${count} ${count === 1 ? 'row has' : 'rows have'} no value there. Nothing was undone.`,
    {
      help: `Give these rows a value (UPDATE ${tableOf(rule)} SET ${identifier(rule.name)} = ...), then run this again.`,
    },
  );
}
