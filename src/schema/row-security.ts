/**
 * Row level security has no error for whoever it hides rows from: the statistics would count what is left, and look
 * right. Rights alone do not show it.
 */
import type { Db } from '../db/connection.ts';
import type { Check } from './check.ts';
import { applicationRights, ownRights } from './service-rights.ts';
import { identifier } from './statement.ts';

/** The command as a policy names it, its letter in pg_policy, and what lets every row pass. */
const COMMANDS = [
  ['SELECT', 'r', 'USING (true)'],
  ['INSERT', 'a', 'WITH CHECK (true)'],
  ['UPDATE', 'w', 'USING (true) WITH CHECK (true)'],
  ['DELETE', 'd', 'USING (true)'],
] as const;

interface Hidden {
  role: string;
  table: string;
  schema: string;
  command: string;
  clause: string;
  /** A restrictive policy applies: no further policy gives back what it takes. */
  restricted: boolean;
}

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
  const hidden = await findHidden(db, schema, roles);
  return [...new Set(hidden.map(({ role }) => role))].map((role) => {
    const mine = hidden.filter((one) => one.role === role);
    const tables = [
      ...new Set(mine.map((one) => identifier(...(one.schema === schema ? [] : [one.schema]), one.table))),
    ];
    return {
      name: 'row level security',
      status: 'failed',
      detail:
        `It is on for ${tables.join(', ')} and may hide rows from "${role}": the statistics would leave them out, ` +
        'or writing would fail.',
      sql: statements(role, mine).join('\n'),
    };
  });
}

function statements(role: string, hidden: readonly Hidden[]): string[] {
  const bypass = `ALTER ROLE ${identifier(role)} BYPASSRLS;`;
  if (hidden.some(({ restricted }) => restricted)) {
    return ['-- As a superuser, since a restrictive policy binds whatever others allow:', bypass];
  }
  const policies = hidden.map(({ schema, table, command, clause }) => {
    const name = identifier(`dashboard_stats ${command} ${role}`);
    return `CREATE POLICY ${name} ON ${identifier(schema, table)} FOR ${command} TO ${identifier(role)} ${clause};`;
  });
  return [...policies, `-- Or, as a superuser: ${bypass}`];
}

function findHidden(db: Db, schema: string, roles: readonly string[]): Promise<Hidden[]> {
  return db<Hidden[]>`
    WITH needed AS (
      SELECT ${schema}::text AS schema, wanted ->> 1 AS table, wanted ->> 0 AS command
      FROM jsonb_array_elements(${JSON.stringify(applicationRights)}::text::jsonb) AS wanted
      UNION
      SELECT 'dashboard_stats', relname, command FROM pg_class CROSS JOIN unnest(${[...ownRights]}::text[]) AS command
      WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'dashboard_stats') AND relkind IN ('r', 'p')
    ), commands AS (
      SELECT one ->> 0 AS command, one ->> 1 AS letter, one ->> 2 AS clause
      FROM jsonb_array_elements(${JSON.stringify(COMMANDS)}::text::jsonb) AS one
    )
    SELECT rolname AS role, needed.table, needed.schema, command, clause, coalesce(policies.restricted, false) AS restricted
    FROM needed
    JOIN commands USING (command)
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
    ORDER BY 1, 2, 4`;
}
