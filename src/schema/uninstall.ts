/**
 * Removes this service from a database: its triggers, its schema, its indexes, and the rows that only it keeps true. What
 * the migration guide made (schema 2.1) belongs to the application and stays. All of it is one transaction, beside which
 * the application writes on.
 */
import type { Db, Sql, Tx } from '../db/connection.ts';
import { serverRefusal } from '../db/explain-failure.ts';
import { MigrationError } from '../errors.ts';
import { OUR_METHODS, WRITTEN_BY } from '../outbox/audience.ts';
import { columnsAdded, tablesAdded } from './expected.ts';
import { LOCK_TIMEOUT_MS, lockedTransaction } from './locked-transaction.ts';
import { errorCode } from './migration-failure.ts';
import { describeSessions } from './sessions.ts';

/** What sql/009 and sql/011 create on tables of the application. */
const INDEXES = [
  'UX_DashboardStatsCache_CacheKey',
  'IX_DashboardStatsCache_Invalid',
  'IX_RealTimeNotifications_PendingStats',
];
const DEPENDENT_OBJECTS_STILL_EXIST = '2BP01';

export interface Installation {
  /** Tables of the application with triggers of ours. */
  triggersOn: string[];
  indexes: string[];
  /** In the schema dashboard_stats. */
  tables: number;
  /** Rows of ours in tables of the application. */
  documents: number;
  notifications: number;
}

/** What stays: schema 2.1 as the migration guide has it, with all rows, and what the service logged there. */
export const STAYS = {
  tables: tablesAdded,
  columnsOfProjects: columnsAdded,
} as const;

/** What `uninstall` would remove; undefined where there is no schema dashboard_stats. Changes nothing. */
export async function findInstallation(db: Db): Promise<Installation | undefined> {
  const [found] = await db<(Omit<Installation, 'documents' | 'notifications'> & { served: boolean })[]>`
    SELECT to_regclass('dashboard_stats.documents') IS NOT NULL AS served,
      ARRAY(SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
        WHERE pronamespace = pg_namespace.oid ORDER BY 1) AS "triggersOn",
      ARRAY(SELECT name FROM unnest(${INDEXES}::text[]) AS name
        WHERE to_regclass(quote_ident(name)) IS NOT NULL) AS indexes,
      (SELECT count(*) FROM pg_class
        WHERE relnamespace = pg_namespace.oid AND relkind IN ('r', 'p') AND NOT relispartition) AS tables
    FROM pg_namespace WHERE nspname = 'dashboard_stats'`;
  if (!found) return undefined;
  const { served, ...objects } = found;
  if (!served) return { ...objects, documents: 0, notifications: 0 };
  const [rows] = await db<[Pick<Installation, 'documents' | 'notifications'>]>`
    SELECT (SELECT count(*) FROM "DashboardStatsCache" WHERE ${ourDocuments(db)}) AS documents,
      (SELECT count(*) FROM "RealTimeNotifications" WHERE ${ourNotifications(db)}) AS notifications`;
  return { ...objects, ...rows };
}

/** @throws MigrationError while nodes or commands of this service are connected, beside the one session of `sql` */
export async function requireStopped(sql: Sql): Promise<void> {
  const [{ database }] = await sql<[{ database: string }]>`SELECT current_database() AS database`;
  const sessions = await describeSessions(sql, database, 'dashboard-stats');
  if (sessions.length === 0) return;
  throw new MigrationError(
    `dashboard-stats is connected to ${database}. Nothing was removed.\n  ${sessions.join('\n  ')}`,
    {
      help: 'Stop every node first, or go on beside them: --force. A node with AUTO_MIGRATE=1 migrates again at its start.',
    },
  );
}

/**
 * Removes everything in one transaction. It waits `lockTimeoutMs` at most for a lock of the application, and tries again
 * later.
 *
 * @returns what was removed; undefined where there was nothing
 * @throws MigrationError, and nothing was removed: others built on our objects (each is named); a right is missing; the
 * server takes no writes; a table stayed locked
 */
export async function uninstall(
  sql: Sql,
  lockTimeoutMs = LOCK_TIMEOUT_MS,
): Promise<Installation | undefined> {
  try {
    return await lockedTransaction(sql, lockTimeoutMs, async (tx) => {
      const installed = await findInstallation(tx);
      if (installed) await remove(tx, installed);
      return installed;
    });
  } catch (error) {
    throw failure(error);
  }
}

/** Rows first: their locks stop nobody, and the locks of tables that follow are held for milliseconds. */
async function remove(tx: Tx, { indexes, documents, notifications }: Installation): Promise<void> {
  if (documents > 0) await tx`DELETE FROM "DashboardStatsCache" WHERE ${ourDocuments(tx)}`;
  if (notifications > 0) await tx`DELETE FROM "RealTimeNotifications" WHERE ${ourNotifications(tx)}`;
  // Without CASCADE, which would also drop the views and keys that others built on our objects.
  const statements = await tx<{ sql: string }[]>`
    WITH own AS (SELECT oid FROM pg_namespace WHERE nspname = 'dashboard_stats')
    SELECT 1 AS place, format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass) AS sql
    FROM own JOIN pg_proc ON pronamespace = own.oid JOIN pg_trigger ON tgfoid = pg_proc.oid
    UNION ALL
    SELECT 2, format('DROP ROUTINE %s', pg_proc.oid::regprocedure) FROM own JOIN pg_proc ON pronamespace = own.oid
    UNION ALL
    SELECT 3, format('DROP INDEX %I', name) FROM unnest(${indexes}::text[]) AS name
    UNION ALL
    SELECT 4, 'DROP TABLE ' || string_agg(pg_class.oid::regclass::text, ', ')
    FROM own JOIN pg_class ON relnamespace = own.oid AND relkind IN ('r', 'p') AND NOT relispartition
    HAVING count(*) > 0
    UNION ALL
    SELECT 5, 'DROP SCHEMA dashboard_stats'
    ORDER BY place, sql`;
  for (const statement of statements) await tx.unsafe(statement.sql);
}

/** Rows of these keys that the service never wrote are the application's. */
const ourDocuments = (db: Db) => db`
  "CacheType" IN ('global', 'regional', 'facility') AND "CacheKey" IN (SELECT cache_key FROM dashboard_stats.documents)`;

const ourNotifications = (db: Db) => db`
  "CreatedBy" = ${WRITTEN_BY} AND "EventType" = ANY(${[...OUR_METHODS]}::text[])`;

function failure(error: unknown): unknown {
  const code = errorCode(error);
  if (code === undefined) return error;
  const { message, detail } = error as { message: string; detail?: string };
  const help =
    code === DEPENDENT_OBJECTS_STILL_EXIST
      ? 'Others built on what is to be removed. Drop what is listed, then run this again.'
      : serverRefusal(error)?.help;
  return new MigrationError(
    `dashboard-stats could not be removed, and nothing was changed: ${message}.${detail ? `\n${detail}` : ''}`,
    { cause: error, ...(help ? { help } : {}) },
  );
}
