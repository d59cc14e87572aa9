import type { Tx } from '../db/connection.ts';
import { expectedTables } from './expected/schema.ts';

/** The tables of schema 2.0 that the migrations know, and those of 2.1. */
const APPLICATION_TABLES = ['Roles', 'Users', 'Projects', ...Object.keys(expectedTables)];

/** One thing that a migration can make. Defaults and NOT NULL rules stand apart from their column: each comes and goes alone. */
export interface CatalogObject {
  kind: 'table' | 'column' | 'default' | 'not null' | 'constraint' | 'index' | 'trigger' | 'function';
  schema: string;
  /** Its table; empty for a function. */
  table: string;
  /** The name of a column for its default and its NOT NULL; a function's with the types of its arguments. */
  name: string;
  /** As PostgreSQL prints it, enough to make it again; the type of a column; empty for a table and for NOT NULL. */
  definition: string;
  /** The columns of its table that it goes away with. */
  columns: string[];
}

/**
 * Every object that migrations are concerned with: the application's tables by name, in the schema that is first on the
 * search path, and all of the schema dashboard_stats but the table of migrations. Of the application's other tables
 * nothing is read, so nothing of theirs can be taken for ours.
 */
export async function readCatalog(tx: Tx): Promise<CatalogObject[]> {
  return await tx<CatalogObject[]>`
    WITH tables AS (
      SELECT pg_class.oid, nspname::text AS schema, relname::text AS name
      FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
      -- A partition and what it inherits come and go with its parent.
      WHERE relkind IN ('r', 'p') AND NOT relispartition AND (
        (nspname = current_schema() AND relname = ANY(${APPLICATION_TABLES}))
        OR (nspname = 'dashboard_stats' AND relname <> 'migrations'))
    ), columns AS (
      SELECT schema, name AS table, attname::text AS name, ARRAY[attname::text] AS columns, attrelid, attnum,
        format_type(atttypid, atttypmod) AS type, attnotnull
      FROM tables JOIN pg_attribute ON attrelid = tables.oid AND attnum > 0 AND NOT attisdropped
    )
    SELECT 'table' AS kind, schema, name AS table, name, '' AS definition, '{}'::text[] AS columns FROM tables
    UNION ALL
    SELECT 'column', schema, "table", name, type, columns FROM columns
    UNION ALL
    SELECT 'not null', schema, "table", name, '', columns FROM columns WHERE attnotnull
    UNION ALL
    SELECT 'default', schema, "table", name, pg_get_expr(adbin, adrelid), columns
    FROM columns JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    UNION ALL
    -- NOT NULL is a constraint of its own from PostgreSQL 18 on.
    SELECT 'constraint', schema, name, conname, pg_get_constraintdef(pg_constraint.oid),
      ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = conrelid AND attnum = ANY(conkey))
    FROM tables JOIN pg_constraint ON conrelid = tables.oid AND contype <> 'n'
    UNION ALL
    SELECT 'index', schema, name, (SELECT relname FROM pg_class WHERE oid = indexrelid), pg_get_indexdef(indexrelid),
      ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = indrelid AND attnum = ANY(indkey::int2[]))
    FROM tables JOIN pg_index ON indrelid = tables.oid
    WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND conrelid = indrelid)
    UNION ALL
    SELECT 'trigger', schema, name, tgname, pg_get_triggerdef(pg_trigger.oid), '{}'
    FROM tables JOIN pg_trigger ON tgrelid = tables.oid AND NOT tgisinternal
    UNION ALL
    SELECT 'function', nspname, '', format('%I(%s)', proname, pg_get_function_identity_arguments(pg_proc.oid)),
      pg_get_functiondef(pg_proc.oid), '{}'
    FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
    WHERE nspname = 'dashboard_stats' AND prokind = 'f'`;
}
