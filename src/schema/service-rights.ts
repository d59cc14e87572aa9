/**
 * What the role of the running service needs after the migration, and no more (docs/rights.md grants it), and the row level
 * security that would hide rows from it. That has no error: the statistics would count what is left, and look right.
 */
import type { Db } from '../db/connection.ts';
import type { Check } from './check.ts';
import { identifier } from './statement.ts';

/** Of a single column where one is named. */
export type Right = readonly [privilege: string, table: string, column?: string];

/** On tables of the application's schema, where it also needs USAGE. */
export const applicationRights: readonly Right[] = [
  ['SELECT', 'Projects'],
  ['UPDATE', 'Projects', 'LastActivityAt'],
  ['SELECT', 'Users', 'UserId'],
  ['SELECT', 'ProjectActivityFeed'],
  ['INSERT', 'ProjectActivityFeed'],
  ['SELECT', 'ProjectStatusHistory'],
  ['SELECT', 'ProjectRegions'],
  ['SELECT', 'WaterFacilityTypes'],
  ['SELECT', 'DashboardStatsCache'],
  ['INSERT', 'DashboardStatsCache'],
  ['UPDATE', 'DashboardStatsCache'],
  ['DELETE', 'DashboardStatsCache'],
  ['SELECT', 'RealTimeEventsLog'],
  ['INSERT', 'RealTimeEventsLog'],
  ['DELETE', 'RealTimeEventsLog'],
  ['SELECT', 'RealTimeNotifications'],
  ['INSERT', 'RealTimeNotifications'],
  ['DELETE', 'RealTimeNotifications'],
  // Nothing is updated: SELECT ... FOR UPDATE SKIP LOCKED asks for it.
  ['UPDATE', 'RealTimeNotifications', 'Status'],
  ['SELECT', 'SignalRGroups'],
  ['INSERT', 'SignalRGroups'],
];

/** On every table of the schema dashboard_stats, where it also needs USAGE. */
export const ownRights = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] as const;

/** The roles that the service may run as: those that may refresh, and whoever asks. */
export async function refreshingRoles(db: Db): Promise<string[]> {
  const rows = await db<{ role: string }[]>`
    SELECT rolname AS role FROM pg_roles
    WHERE rolname = current_user OR rolcanlogin AND EXISTS (
      SELECT FROM pg_class WHERE relname = 'state'
        AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'dashboard_stats')
        AND has_table_privilege(pg_roles.oid, pg_class.oid, 'UPDATE'))
    ORDER BY 1`;
  return rows.map((row) => row.role);
}

/**
 * One failed check for each role that a policy, or the lack of one, may keep from rows of the tables that the service
 * works on. A policy that lets rows pass by a condition counts as hiding: its meaning is not known here.
 */
export async function checkRowSecurity(db: Db, schema: string, roles: readonly string[]): Promise<Check[]> {
  const hidden = await db<{ role: string; tables: string[]; restricted: boolean }[]>`
    WITH needed AS (
      SELECT ${schema}::text AS schema, wanted ->> 1 AS table, wanted ->> 0 AS command
      FROM jsonb_array_elements(${JSON.stringify(applicationRights)}::text::jsonb) AS wanted
      UNION
      SELECT 'dashboard_stats', relname, command FROM pg_class CROSS JOIN unnest(${[...ownRights]}::text[]) AS command
      WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'dashboard_stats') AND relkind IN ('r', 'p')
    )
    SELECT rolname AS role, array_agg(DISTINCT format('%I.%I', nspname, relname)) AS tables,
      coalesce(bool_or(policies.restricted), false) AS restricted
    FROM needed
    CROSS JOIN LATERAL (SELECT CASE command WHEN 'INSERT' THEN 'a' WHEN 'SELECT' THEN 'r' WHEN 'UPDATE' THEN 'w'
      ELSE 'd' END AS letter) letters
    JOIN pg_namespace ON nspname = needed.schema
    JOIN pg_class ON relname = needed.table AND relnamespace = pg_namespace.oid AND relrowsecurity
    JOIN pg_roles ON rolname = ANY(${[...roles]})
    CROSS JOIN LATERAL (
      SELECT bool_or(polpermissive AND open) AS allowed, bool_or(NOT polpermissive AND NOT open) AS restricted
      FROM pg_policy
      CROSS JOIN LATERAL (
        SELECT (letter = 'a' OR pg_get_expr(polqual, polrelid) = 'true')
          AND (letter IN ('r', 'd') OR pg_get_expr(coalesce(polwithcheck, polqual), polrelid) = 'true') AS open
      ) opens
      WHERE polrelid = pg_class.oid AND polcmd IN (letter::"char", '*') AND EXISTS (
        SELECT FROM unnest(polroles) AS granted
        -- 0 is everybody, and no role.
        WHERE CASE granted WHEN 0 THEN true ELSE pg_has_role(pg_roles.oid, granted, 'USAGE') END)
    ) policies
    WHERE NOT (rolsuper OR rolbypassrls OR (NOT relforcerowsecurity AND pg_has_role(pg_roles.oid, relowner, 'USAGE')))
      AND (coalesce(policies.restricted, false) OR NOT coalesce(policies.allowed, false))
    GROUP BY rolname ORDER BY rolname`;
  return hidden.map(({ role, tables, restricted }) => ({
    name: 'row level security',
    status: 'failed',
    detail:
      `It is on for ${tables.join(', ')} and may hide rows from "${role}": the statistics would leave them out, ` +
      'or writing would fail.',
    sql: repair(role, tables, restricted),
  }));
}

/** A policy is for all commands: which of them the role may use, its rights say. A restrictive one binds whatever others allow. */
function repair(role: string, tables: readonly string[], restricted: boolean): string {
  const bypass = `ALTER ROLE ${identifier(role)} BYPASSRLS;`;
  if (restricted) return `-- As a superuser, because a restrictive policy applies:\n${bypass}`;
  const name = identifier(`dashboard_stats ${role}`);
  const policies = tables.map(
    (table) => `CREATE POLICY ${name} ON ${table} TO ${identifier(role)} USING (true);`,
  );
  return [...policies, `-- Or, as a superuser: ${bypass}`].join('\n');
}
