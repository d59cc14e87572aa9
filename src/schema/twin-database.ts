/** An empty database beside another one, equal in what a dump of that one does not hold; and the swap of the two. */
import type { Sql } from '../db/connection.ts';
import { failureKind } from '../db/failures.ts';
import { transaction } from '../db/transaction.ts';
import { endSessions } from './sessions.ts';

/**
 * The limit of connections of a twin until it takes its place, which nobody else would choose: by it a later run knows that
 * it may drop what a killed one left. The bytes spell "twin".
 */
const MARKED_LIMIT = 0x7477696e;

export interface TwinNames {
  database: string;
  /** What the dump is restored into. */
  twin: string;
  /** What `database` is called afterwards. */
  former: string;
}

/**
 * Creates `twin` with the owner, encoding, locale, tablespace, settings and rights of `database`. Rights on schemas
 * and what is in them come with the dump.
 *
 * @returns the settings that this role may not copy (of other roles, or of a superuser's parameters), as statements that
 * give them to `database` once the twin has its name
 */
export async function createTwin(admin: Sql, { database, twin }: TwinNames): Promise<string[]> {
  const statements = await admin<{ sql: string; later: string | null }[]>`
    WITH original AS (SELECT *, to_jsonb(pg_database) AS row FROM pg_database WHERE datname = ${database})
    SELECT 1 AS place, format('CREATE DATABASE %I TEMPLATE template0 OWNER %I ENCODING %L LC_COLLATE %L LC_CTYPE %L%s%s '
        'CONNECTION LIMIT %s',
      ${twin}::text, pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate, datctype,
      -- From PostgreSQL 15 on; the column of the locale was renamed in 17.
      CASE row ->> 'datlocprovider'
        WHEN 'c' THEN ' LOCALE_PROVIDER libc'
        WHEN 'i' THEN format(' LOCALE_PROVIDER icu ICU_LOCALE %L', coalesce(row ->> 'datlocale', row ->> 'daticulocale'))
        WHEN 'b' THEN format(' LOCALE_PROVIDER builtin BUILTIN_LOCALE %L', row ->> 'datlocale')
      END,
      -- Whoever names a tablespace needs CREATE on it, on the default one too.
      CASE WHEN dattablespace <> (SELECT dattablespace FROM pg_database WHERE datname = 'template0')
        THEN format(' TABLESPACE %I', spcname) END, ${MARKED_LIMIT}::int) AS sql, NULL AS later
    FROM original JOIN pg_tablespace ON pg_tablespace.oid = dattablespace
    UNION ALL
    SELECT 3, format('REVOKE ALL ON DATABASE %I FROM PUBLIC', ${twin}::text), NULL FROM original WHERE datacl IS NOT NULL
    UNION ALL
    SELECT 4, format('GRANT %s ON DATABASE %I TO %s%s', privilege_type, ${twin}::text,
      CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
      CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END), NULL
    FROM original, aclexplode(datacl)
    UNION ALL
    SELECT 5, format(form, ${twin}::text), format(form, ${database}::text) || ';'
    FROM original JOIN pg_db_role_setting ON setdatabase = original.oid, unnest(setconfig) AS line,
      regexp_match(line, '^([^=]+)=(.*)$') AS setting,
      -- Doubled: only the name of the database is put in last.
      concat('ALTER ', CASE WHEN setrole <> 0 THEN replace(format('ROLE %I IN ', pg_get_userbyid(setrole)), '%', '%%') END,
        'DATABASE %I SET ', replace(quote_ident(setting[1]) || ' TO ' ||
          -- Lists are kept quoted.
          CASE WHEN setting[1] IN ('search_path', 'temp_tablespaces', 'local_preload_libraries', 'session_preload_libraries')
            THEN setting[2] ELSE quote_literal(setting[2]) END, '%', '%%')) AS form
    ORDER BY place`;
  const refused: string[] = [];
  for (const { sql, later } of statements) {
    try {
      await admin.unsafe(sql);
    } catch (error) {
      if (later === null || failureKind(error) !== 'forbidden') throw error;
      refused.push(later);
    }
  }
  return refused;
}

/** Drops a twin that never took the place of its original; no other database of this name. */
export async function dropLeftOver(admin: Sql, twin: string): Promise<void> {
  if ((await stateOf(admin, twin)) === 'left over') await admin`DROP DATABASE ${admin(twin)} WITH (FORCE)`;
}

/** 'left over': a killed run created it, and it may be dropped. */
export async function stateOf(admin: Sql, name: string): Promise<'missing' | 'left over' | 'there'> {
  const [row] = await admin<{ marked: boolean }[]>`
    SELECT datconnlimit = ${MARKED_LIMIT} AS marked FROM pg_database WHERE datname = ${name}`;
  if (!row) return 'missing';
  return row.marked ? 'left over' : 'there';
}

/**
 * Renames `database` to `former` and `twin` to `database`, both or none. Waits up to 5 s for sessions in either to end;
 * whoever connects meanwhile waits too.
 *
 * @param force ends sessions until it is done: a pool connects again at once, and only the renaming makes it wait
 */
export async function swap(admin: Sql, { database, twin, former }: TwinNames, force: boolean): Promise<void> {
  const end = () => void endSessions(admin, database).catch(() => undefined);
  const ending = force ? setInterval(end, 50) : undefined;
  try {
    await transaction(admin, { isolation: 'read committed' }, async (tx) => {
      const [{ limit }] = await tx<[{ limit: number }]>`
        SELECT datconnlimit AS limit FROM pg_database WHERE datname = ${database}`;
      await tx`ALTER DATABASE ${tx(database)} RENAME TO ${tx(former)}`;
      await tx`ALTER DATABASE ${tx(twin)} RENAME TO ${tx(database)}`;
      await tx`ALTER DATABASE ${tx(database)} CONNECTION LIMIT ${tx.unsafe(String(limit))}`;
    });
  } finally {
    clearInterval(ending);
  }
}
