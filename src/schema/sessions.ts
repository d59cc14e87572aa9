import type { Db, Sql } from '../db/connection.ts';

/** Autovacuum and the like give way by themselves. */
const ofOthers = (db: Db, database: string) => db`datname = ${database} AND pid <> pg_backend_pid()
  AND (backend_type IN ('client backend', 'walsender') OR backend_type IS NULL)`;

/**
 * One line for each session that others have in `database`, the longest transaction first; of another role's session some
 * of it may be hidden.
 *
 * @param program only sessions whose application_name begins so; default: all
 */
export async function describeSessions(db: Db, database: string, program = ''): Promise<string[]> {
  const rows = await db<{ line: string }[]>`
    SELECT concat_ws(', ', 'pid ' || pid, usename, nullif(application_name, ''), host(client_addr), state,
      'since ' || to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"'),
      'transaction open for ' || round(extract(epoch FROM clock_timestamp() - xact_start)) || ' s') AS line
    FROM pg_stat_activity
    WHERE ${ofOthers(db, database)} AND starts_with(application_name, ${program})
    ORDER BY xact_start NULLS LAST, backend_start`;
  return rows.map((row) => row.line);
}

/** Their clients may connect again at once. The server refuses to end sessions of roles that this one may not signal. */
export async function endSessions(admin: Sql, database: string): Promise<void> {
  await admin`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE ${ofOthers(admin, database)}`;
}

/**
 * One line for each session that holds a lock on one of the application's tables, the longest transaction first, five
 * at most. What another role's session is doing is visible to a member of pg_read_all_stats only; then the line has its
 * pid and user alone.
 */
export async function describeLockHolders(db: Db): Promise<string[]> {
  const rows = await db<{ line: string }[]>`
    SELECT concat_ws(', ',
      'pid ' || pid, usename, nullif(application_name, ''), state,
      'transaction open for ' || round(extract(epoch FROM clock_timestamp() - xact_start)) || ' s',
      'locks ' || string_agg(DISTINCT quote_ident(relname), ' ')) AS line
    FROM pg_locks
    JOIN pg_database ON pg_database.oid = database AND datname = current_database()
    JOIN pg_class ON pg_class.oid = relation AND relkind IN ('r', 'p')
    JOIN pg_namespace ON pg_namespace.oid = relnamespace AND nspname NOT IN ('pg_catalog', 'dashboard_stats')
    JOIN pg_stat_activity USING (pid)
    WHERE granted AND pid <> pg_backend_pid()
    GROUP BY pid, usename, application_name, state, xact_start
    ORDER BY xact_start NULLS LAST
    LIMIT 5`;
  return rows.map((row) => row.line);
}
