import type { Db } from '../../db/connection.ts';

export interface OldestSnapshot {
  ageSeconds: number;
  /** Whose it is, for a person: application, role and process, or the name of a prepared transaction. */
  owner: string;
}

/**
 * The oldest snapshot held in this database, by another session or a prepared transaction: nothing that was deleted since
 * can be vacuumed. Of other roles' sessions it is only seen with the right pg_read_all_stats.
 */
export async function oldestSnapshot(sql: Db): Promise<OldestSnapshot | undefined> {
  const [oldest] = await sql<OldestSnapshot[]>`
    SELECT extract(epoch FROM clock_timestamp() - since)::float8 AS "ageSeconds", owner
    FROM (
      SELECT xact_start AS since,
        format('%s as %s, process %s', coalesce(nullif(application_name, ''), 'a program'), usename, pid) AS owner
      FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
        -- One that has written and now does nothing has no snapshot, but its number keeps vacuum back as well.
        AND (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL)
        -- That of a vacuum holds nothing back, and autovacuum gives way.
        AND backend_type <> 'autovacuum worker' AND pid NOT IN (SELECT pid FROM pg_stat_progress_vacuum)
      UNION ALL
      SELECT prepared, format('prepared transaction %s', gid) FROM pg_prepared_xacts WHERE database = current_database()
    ) held
    ORDER BY since LIMIT 1`;
  return oldest;
}
