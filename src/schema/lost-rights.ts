/** A dump holds the rights of its time. What was granted since is lost with a rollback, unless somebody grants it again. */
import type { Sql } from '../db/connection.ts';

interface Right {
  /** A schema, table, sequence, column or routine, as GRANT names it. */
  object: string;
  /** The statement; null: nobody but the owner has a right on it. */
  sql: string | null;
}

/** Every right on what is in the database of `sql`, apart from the rights of owners, with every object that is there. */
export async function readRights(sql: Sql): Promise<Right[]> {
  return await sql<Right[]>`
    WITH schemas AS (
      SELECT * FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
    ), relations AS (
      SELECT pg_class.*, CASE relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || format('%I.%I', nspname, relname) AS name
      FROM pg_class JOIN schemas ON schemas.oid = relnamespace WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    ), objects (columns, name, owner, acl) AS (
      SELECT '', 'SCHEMA ' || quote_ident(nspname), nspowner, nspacl FROM schemas
      UNION ALL
      SELECT '', name, relowner, relacl FROM relations
      UNION ALL
      SELECT format(' (%I)', attname), name, relowner, attacl
      FROM relations JOIN pg_attribute ON attrelid = relations.oid AND attnum > 0 AND NOT attisdropped
      UNION ALL
      SELECT '', format('ROUTINE %I.%I(%s)', nspname, proname, pg_get_function_identity_arguments(pg_proc.oid)),
        -- Where nothing was granted or revoked, everybody may execute it.
        proowner, coalesce(proacl, acldefault('f', proowner))
      FROM pg_proc JOIN schemas ON schemas.oid = pronamespace
    )
    SELECT name || columns AS object, CASE WHEN privilege_type IS NOT NULL THEN format('GRANT %s%s ON %s TO %s%s;', privilege_type, columns, name,
      CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
      CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END) END AS sql
    FROM objects LEFT JOIN LATERAL aclexplode(acl) ON grantee <> owner
    ORDER BY object, sql`;
}

/** The statements for what `former` has and `restored` lacks, on objects that are there in both. */
export function lostRights(former: readonly Right[], restored: readonly Right[]): string[] {
  const objects = new Set(restored.map(({ object }) => object));
  const granted = new Set(restored.map(({ sql }) => sql));
  return former.flatMap(({ object, sql }) =>
    sql !== null && objects.has(object) && !granted.has(sql) ? [sql] : [],
  );
}
