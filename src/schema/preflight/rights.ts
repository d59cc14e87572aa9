import type { Db } from '../../db/connection.ts';
import { type Check, check } from '../check.ts';
import { expectedApplication } from '../expected.ts';
import { OWN_TABLES } from '../service-rights.ts';

/**
 * Whether the role that is connected may run the migration.
 *
 * @param serviceRole whom the service will run as, where that is known: it must not become an owner
 */
export async function checkMigratingRole(db: Db, schema: string, serviceRole?: string): Promise<Check> {
  const tables = Object.keys(expectedApplication.tables).filter((table) => table !== 'Users');
  const rows = await db<{ lacking: string; sql: string }[]>`
    SELECT format('CREATE on the database %I', current_database()) AS lacking,
      format('GRANT CREATE ON DATABASE %I TO %I;', current_database(), current_user) AS sql
    WHERE NOT has_database_privilege(current_database(), 'CREATE')
      AND NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'dashboard_stats')
    UNION ALL
    SELECT format('CREATE on the schema %I', nspname), format('GRANT USAGE, CREATE ON SCHEMA %I TO %I;', nspname, current_user)
    FROM pg_namespace
    WHERE nspname IN (${schema}, 'dashboard_stats')
      AND NOT (has_schema_privilege(oid, 'CREATE') AND has_schema_privilege(oid, 'USAGE'))
    UNION ALL
    SELECT format('ownership of %I.%I', nspname, relname),
      -- Nobody is to become a superuser for this.
      CASE WHEN rolsuper THEN format('-- Set DATABASE_URL to the owner, %I, for the migration.', rolname)
        ELSE format('GRANT %I TO %I;', rolname, current_user) END
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace JOIN pg_roles ON pg_roles.oid = relowner
    WHERE (nspname = ${schema} AND relname = ANY(${tables}) OR nspname = 'dashboard_stats' AND relname = ANY(${OWN_TABLES})) AND relkind IN ('r', 'p')
      AND NOT pg_has_role(relowner, 'USAGE')
    UNION ALL
    SELECT format('%s on %I.%I', privilege, nspname, relname),
      format('GRANT %s ON %I.%I TO %I;', privilege, nspname, relname, current_user)
    FROM (VALUES ('Users', 'REFERENCES'), ('Roles', 'SELECT'), ('Roles', 'INSERT')) needed (tab, privilege)
    JOIN pg_class ON relname = tab AND relkind IN ('r', 'p')
    JOIN pg_namespace ON pg_namespace.oid = relnamespace AND nspname = ${schema}
    WHERE NOT has_table_privilege(pg_class.oid, privilege)
    UNION ALL
    SELECT format('BYPASSRLS, as row level security of %I.%I binds it', nspname, relname), format('ALTER ROLE %I BYPASSRLS;', current_user)
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname = ${schema} AND relname = ANY(${tables}) AND row_security_active(pg_class.oid)`;
  const [{ role }] = await db<[{ role: string }]>`SELECT current_user AS role`;
  const name = 'rights of the migrating role';
  if (rows.length === 0) return check(name, 'ok', `"${role}" has what it needs.`);
  if (role === serviceRole)
    return check(name, 'failed', `"${role}" is the role of the service, and may not migrate.`, {
      advice: 'Set DATABASE_URL to the role that migrates.',
    });
  return check(name, 'failed', `"${role}" lacks ${rows.map((row) => row.lacking).join(', ')}.`, {
    sql: [...new Set(rows.map((row) => row.sql))].join('\n'),
  });
}
