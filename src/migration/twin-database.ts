/** An empty database beside another one, equal in what a dump of that one does not hold; and the swap of the two. */
import type { Sql } from '../db/connection.ts';
import { transaction } from '../db/transaction.ts';

/** By it a later run knows that it may drop what a killed one left. */
const IN_PROGRESS = 'Made by dashboard-stats rollback, and not complete.';

/**
 * Creates `twin` with the owner, encoding, locale, tablespace, settings and rights of `database`. Rights on schemas and
 * what is in them come with the dump.
 */
export async function createTwin(admin: Sql, database: string, twin: string): Promise<void> {
  const statements = await admin<{ sql: string }[]>`
    WITH original AS (SELECT *, to_jsonb(pg_database) AS row FROM pg_database WHERE datname = ${database})
    SELECT 1 AS place, format('CREATE DATABASE %I TEMPLATE template0 OWNER %I ENCODING %L LC_COLLATE %L LC_CTYPE %L%s '
        'TABLESPACE %I CONNECTION LIMIT %s',
      ${twin}::text, pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate, datctype,
      -- From PostgreSQL 15 on; the column of the locale was renamed in 17.
      CASE row ->> 'datlocprovider'
        WHEN 'c' THEN ' LOCALE_PROVIDER libc'
        WHEN 'i' THEN format(' LOCALE_PROVIDER icu ICU_LOCALE %L', coalesce(row ->> 'datlocale', row ->> 'daticulocale'))
        WHEN 'b' THEN format(' LOCALE_PROVIDER builtin BUILTIN_LOCALE %L', row ->> 'datlocale')
      END, spcname, datconnlimit) AS sql
    FROM original JOIN pg_tablespace ON pg_tablespace.oid = dattablespace
    UNION ALL
    SELECT 2, format('COMMENT ON DATABASE %I IS %L', ${twin}::text, ${IN_PROGRESS}::text)
    UNION ALL
    SELECT 3, format('REVOKE ALL ON DATABASE %I FROM PUBLIC', ${twin}::text) FROM original WHERE datacl IS NOT NULL
    UNION ALL
    SELECT 4, format('GRANT %s ON DATABASE %I TO %s%s', privilege_type, ${twin}::text,
      CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
      CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END)
    FROM original, aclexplode(datacl)
    UNION ALL
    SELECT 5, format('ALTER %s SET %I TO %s',
      CASE setrole WHEN 0 THEN format('DATABASE %I', ${twin}::text)
        ELSE format('ROLE %I IN DATABASE %I', pg_get_userbyid(setrole), ${twin}::text) END,
      setting[1],
      -- Lists are kept quoted.
      CASE WHEN setting[1] IN ('search_path', 'temp_tablespaces', 'local_preload_libraries', 'session_preload_libraries')
        THEN setting[2] ELSE quote_literal(setting[2]) END)
    FROM original JOIN pg_db_role_setting ON setdatabase = original.oid, unnest(setconfig) AS line,
      regexp_match(line, '^([^=]+)=(.*)$') AS setting
    ORDER BY place`;
  for (const { sql } of statements) await admin.unsafe(sql);
}

/** Drops a twin that never took the place of its original; no other database of this name. */
export async function dropLeftOver(admin: Sql, twin: string): Promise<void> {
  if ((await stateOf(admin, twin)) === 'left over') await admin`DROP DATABASE ${admin(twin)} WITH (FORCE)`;
}

/** 'left over': a killed run made it, and it may be dropped. */
export async function stateOf(admin: Sql, name: string): Promise<'missing' | 'left over' | 'there'> {
  const [row] = await admin<{ comment: string | null }[]>`
    SELECT shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = ${name}`;
  if (!row) return 'missing';
  return row.comment === IN_PROGRESS ? 'left over' : 'there';
}

/**
 * Renames `database` to `former` and `twin` to `database`, both or none. Waits up to 5 s for sessions in either to end;
 * whoever connects meanwhile waits too.
 */
export async function swap(
  admin: Sql,
  { database, twin, former }: { database: string; twin: string; former: string },
): Promise<void> {
  await transaction(admin, 'read committed', async (tx) => {
    const [{ comment }] = await tx<[{ comment: string }]>`
      SELECT coalesce(quote_literal(shobj_description(oid, 'pg_database')), 'NULL') AS comment
      FROM pg_database WHERE datname = ${database}`;
    await tx`ALTER DATABASE ${tx(database)} RENAME TO ${tx(former)}`;
    await tx`ALTER DATABASE ${tx(twin)} RENAME TO ${tx(database)}`;
    await tx.unsafe(`COMMENT ON DATABASE "${database.replaceAll('"', '""')}" IS ${comment}`);
  });
}
