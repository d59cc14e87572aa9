import type { Db, Sql } from '../db/connection.ts';

/** One line for each session that others have in `database`; of another role's session some of it may be hidden. */
export async function describeSessions(db: Db, database: string): Promise<string[]> {
  const rows = await db<{ line: string }[]>`
    SELECT concat_ws(', ', 'pid ' || pid, usename, nullif(application_name, ''), host(client_addr), state,
      'since ' || to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"')) AS line
    FROM pg_stat_activity
    WHERE datname = ${database} AND pid <> pg_backend_pid()
      -- Autovacuum and the like give way by themselves.
      AND (backend_type IN ('client backend', 'walsender') OR backend_type IS NULL)
    ORDER BY backend_start`;
  return rows.map((row) => row.line);
}

/** Ends them. Their clients may connect again at once. */
export async function endSessions(admin: Sql, database: string): Promise<void> {
  await admin`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = ${database} AND pid <> pg_backend_pid()
      AND (backend_type IN ('client backend', 'walsender') OR backend_type IS NULL)`;
}
