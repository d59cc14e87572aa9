/** What the role of the running service needs after the migration, and no more; docs/rights.md grants it. */
import type { Db } from '../db/connection.ts';
import { type Check, check, type Remedy } from './check.ts';
import { expected, OWN_SCHEMA } from './expected.ts';
import { identifier } from './statement.ts';

/** On tables of the application's schema, where it also needs USAGE; as GRANT has them, of a column where one is named. */
export const applicationRights: Readonly<Record<string, string>> = {
  Projects: 'SELECT, UPDATE ("LastActivityAt")',
  Users: 'SELECT ("UserId")',
  ProjectActivityFeed: 'SELECT, INSERT',
  ProjectStatusHistory: 'SELECT',
  ProjectRegions: 'SELECT',
  WaterFacilityTypes: 'SELECT',
  DashboardStatsCache: 'SELECT, INSERT, UPDATE, DELETE',
  RealTimeEventsLog: 'SELECT, INSERT, DELETE',
  // Nothing is updated: SELECT ... FOR UPDATE SKIP LOCKED asks for it.
  RealTimeNotifications: 'SELECT, INSERT, DELETE, UPDATE ("Status")',
  SignalRGroups: 'SELECT, INSERT',
};

/** In our schema. Tables of cells the service creates itself. */
export const OWN_TABLES = ['migrations', ...Object.keys(expected.own.tables)];

/**
 * Whether the role that the service will run as may do its work, and whether it may do far more. `migrated`: every table
 * is there, and a right that is missing will not come with it.
 */
export async function checkServiceRole(
  db: Db,
  { schema, role, migrated }: { schema: string; role: string; migrated: boolean },
): Promise<Check[]> {
  const ofRole = (status: Check['status'], detail: string, remedy?: Remedy) =>
    check('rights of the service role', status, `"${role}" ${detail}`, remedy);
  const [found] = await db<{ super: boolean; enters: boolean; database: string }[]>`
    SELECT rolsuper AS super,
      rolname = current_user OR rolcanlogin AND has_database_privilege(oid, current_database(), 'CONNECT') AS enters,
      current_database() AS database
    FROM pg_roles WHERE rolname = ${role}`;
  const name = identifier(role);
  if (!found) {
    return [ofRole('failed', 'is no role here.', { advice: `CREATE ROLE ${name} LOGIN PASSWORD '...';` })];
  }
  if (found.super) {
    const advice = 'Use a role of its own; see docs/rights.md.';
    return [ofRole('warning', 'is a superuser: it may do far more than the service needs.', { advice })];
  }
  const checks: Check[] = [];
  if (!found.enters) {
    const sql = `ALTER ROLE ${name} LOGIN; GRANT CONNECT ON DATABASE ${identifier(found.database)} TO ${name};`;
    checks.push(ofRole('failed', 'may not connect.', { sql }));
  }
  const grants = await missingRights(db, schema, role);
  if (grants.length > 0) {
    const later = migrated ? '' : ' Those on tables that the migration makes can be given after it.';
    const sql = grants.join('\n');
    const count = grants.length === 1 ? 'a right' : `${grants.length} rights`;
    checks.push(ofRole(migrated ? 'failed' : 'warning', `lacks ${count}.${later}`, { sql }));
  }
  return checks.length > 0 ? checks : [ofRole('ok', 'has what the service needs.')];
}

/** One statement for each table or schema that the role lacks a right on, also where it is yet to be made. */
async function missingRights(db: Db, schema: string, role: string): Promise<string[]> {
  const ofTables = [
    ...Object.entries(applicationRights).map(([table, rights]) => ({ schema, table, rights })),
    ...OWN_TABLES.map((table) => ({ schema: OWN_SCHEMA, table, rights: 'SELECT, INSERT, UPDATE, DELETE' })),
  ];
  const ofSchemas = [
    { schema, rights: 'USAGE' },
    { schema: OWN_SCHEMA, rights: 'USAGE, CREATE' },
  ];
  const rows = await db<{ statement: string }[]>`
    SELECT format('GRANT %s ON SCHEMA %I TO %I;', rights, schema, ${role}::text) AS statement
    FROM jsonb_to_recordset(${JSON.stringify(ofSchemas)}::text::jsonb) AS wanted (schema text, rights text)
    LEFT JOIN pg_namespace ON nspname = schema
    WHERE EXISTS (SELECT FROM regexp_split_to_table(rights, ', ') AS one
                  WHERE NOT coalesce(has_schema_privilege(${role}::name, oid, one), false))
    UNION ALL
    SELECT format('GRANT %s ON %I.%I TO %I;', rights, schema, wanted.table, ${role}::text)
    FROM jsonb_to_recordset(${JSON.stringify(ofTables)}::text::jsonb) AS wanted (schema text, "table" text, rights text)
    LEFT JOIN pg_namespace ON nspname = schema
    LEFT JOIN pg_class ON relname = wanted.table AND relnamespace = pg_namespace.oid
    WHERE EXISTS (
      SELECT FROM regexp_matches(rights, '(\\w+)(?: \\("(\\w+)"\\))?', 'g') AS one
      LEFT JOIN pg_attribute ON attrelid = pg_class.oid AND attname = one[2]
      WHERE NOT coalesce(has_table_privilege(${role}::name, pg_class.oid, one[1]), false)
        AND NOT coalesce(has_column_privilege(${role}::name, pg_class.oid, attnum, one[1]), false))
    UNION ALL
    -- As row_security_active() has it for the role that asks.
    SELECT format('ALTER ROLE %I BYPASSRLS; -- Row level security of %s hides rows from it.', ${role}::text, string_agg(quote_ident(relname), ', '))
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace JOIN pg_roles ON rolname = ${role}
    WHERE nspname = ${schema} AND relname = ANY(${Object.keys(applicationRights)}) AND relrowsecurity AND NOT rolbypassrls
      AND (relforcerowsecurity OR NOT pg_has_role(${role}::name, relowner, 'USAGE'))
    HAVING count(*) > 0`;
  return rows.map((row) => row.statement);
}
