import type { Db } from '../../db/connection.ts';
import type { Check } from '../check.ts';
import { applicationRights, checkRowSecurity, ownRights } from '../service-rights.ts';
import { identifier } from '../statement.ts';

/**
 * Whether the role that the service will run as may do its work, and whether it may do far more. `migrated`: every table
 * is there, and a right that is missing will not come with it.
 */
export async function checkServiceRole(
  db: Db,
  { schema, role, migrated }: { schema: string; role: string; migrated: boolean },
): Promise<Check[]> {
  const name = 'rights of the service role';
  const [found] = await db<{ super: boolean; login: boolean; connect: boolean; database: string }[]>`
    SELECT rolsuper AS super, rolcanlogin AS login, has_database_privilege(oid, current_database(), 'CONNECT') AS connect,
      current_database() AS database
    FROM pg_roles WHERE rolname = ${role}`;
  if (!found) {
    const advice = `CREATE ROLE ${identifier(role)} LOGIN PASSWORD '...';`;
    return [{ name, status: 'failed', detail: `There is no role "${role}".`, advice }];
  }
  if (found.super) {
    const detail = `"${role}" is a superuser: it may do far more than the service needs.`;
    return [{ name, status: 'warning', detail, advice: 'Use a role of its own; see docs/rights.md.' }];
  }
  const faults: Check[] = [];
  if (!found.login || !found.connect) {
    const sql = `ALTER ROLE ${identifier(role)} LOGIN; GRANT CONNECT ON DATABASE ${identifier(found.database)} TO ${identifier(role)};`;
    faults.push({ name, status: 'failed', detail: `"${role}" may not connect.`, sql });
  }
  const lacking = await missingRights(db, schema, role);
  if (lacking.length > 0) {
    const detail = `"${role}" lacks ${lacking.length} rights.`;
    const later = ' Those on tables that the migration makes can be given after it.';
    faults.push({
      name,
      status: migrated ? 'failed' : 'warning',
      detail: migrated ? detail : detail + later,
      sql: lacking.join('\n'),
    });
  }
  if (faults.length === 0)
    faults.push({ name, status: 'ok', detail: `"${role}" has what the service needs.` });
  // On a migrated database it is among the checks of verify.
  return migrated ? faults : [...faults, ...(await checkRowSecurity(db, schema, [role]))];
}

/** The statement that gives each right which is missing, also where its table is yet to be made. */
async function missingRights(db: Db, schema: string, role: string): Promise<string[]> {
  const rights = JSON.stringify(applicationRights);
  const rows = await db<{ statement: string }[]>`
    SELECT format('GRANT USAGE ON SCHEMA %I TO %I;', wanted, ${role}::text) AS statement
    FROM unnest(ARRAY[${schema}, 'dashboard_stats']) AS wanted
    LEFT JOIN pg_namespace ON nspname = wanted
    WHERE NOT coalesce(has_schema_privilege(${role}::name, oid, 'USAGE'), false)
    UNION ALL
    -- For the tables of cells, which the service creates.
    SELECT format('GRANT CREATE ON SCHEMA dashboard_stats TO %I;', ${role}::text)
    WHERE NOT coalesce((SELECT has_schema_privilege(${role}::name, oid, 'CREATE') FROM pg_namespace
                        WHERE nspname = 'dashboard_stats'), false)
    UNION ALL
    SELECT format('GRANT %s%s ON %I.%I TO %I;', wanted ->> 0, ' (' || quote_ident(wanted ->> 2) || ')', ${schema}::text,
      wanted ->> 1, ${role}::text)
    FROM jsonb_array_elements(${rights}::text::jsonb) AS wanted
    LEFT JOIN pg_class ON relname = wanted ->> 1
      AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = ${schema})
    LEFT JOIN pg_attribute ON attrelid = pg_class.oid AND attname = wanted ->> 2
    WHERE NOT coalesce(has_table_privilege(${role}::name, pg_class.oid, wanted ->> 0), false)
      AND NOT coalesce(has_column_privilege(${role}::name, pg_class.oid, attnum, wanted ->> 0), false)
    UNION ALL
    -- By name where they are there: ALL TABLES fails for the tables of cells, which the service owns.
    SELECT format('GRANT %s ON %s TO %I;', ${ownRights.join(', ')}::text,
      coalesce(string_agg(format('dashboard_stats.%I', relname), ', '), 'ALL TABLES IN SCHEMA dashboard_stats'), ${role}::text)
    FROM pg_class
    WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'dashboard_stats') AND relkind IN ('r', 'p')
      AND EXISTS (SELECT FROM unnest(${[...ownRights]}::text[]) AS needed
                  WHERE NOT has_table_privilege(${role}::name, pg_class.oid, needed))
    HAVING count(*) > 0 OR NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'dashboard_stats')`;
  return rows.map((row) => row.statement);
}
