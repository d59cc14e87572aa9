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
import { identifier } from './statement.ts';

/** What sql/009 and sql/011 create on tables of the application. */
const INDEXES = [
  'UX_DashboardStatsCache_CacheKey',
  'IX_DashboardStatsCache_Invalid',
  'IX_RealTimeNotifications_PendingStats',
];

export interface Installation {
  /** Tables of the application with triggers of ours. */
  triggersOn: string[];
  indexes: string[];
  /** In the schema dashboard_stats. */
  tables: string[];
}

export interface Removal extends Installation {
  /** Rows of ours in tables of the application. */
  documents: number;
  notifications: number;
}

/** What `uninstall` would remove; undefined where there is no schema dashboard_stats. Changes nothing. */
export async function findInstallation(db: Db): Promise<Installation | undefined> {
  const [found] = await db<Installation[]>`
    SELECT
      ARRAY(SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
        WHERE pronamespace = pg_namespace.oid ORDER BY 1) AS "triggersOn",
      ARRAY(SELECT name FROM unnest(${INDEXES}::text[]) AS name
        WHERE to_regclass(quote_ident(name)) IS NOT NULL) AS indexes,
      ARRAY(SELECT oid::regclass::text FROM pg_class
        WHERE relnamespace = pg_namespace.oid AND relkind IN ('r', 'p') ORDER BY 1) AS tables
    FROM pg_namespace WHERE nspname = 'dashboard_stats'`;
  return found;
}

/** What stays of schema 2.1, with all rows, and what the service logged there. */
export async function whatStays(db: Db): Promise<{ tables: string[]; columnsOfProjects: string[] }> {
  const [stays] = await db<[{ tables: string[]; columnsOfProjects: string[] }]>`
    SELECT ARRAY(SELECT name FROM unnest(${tablesAdded}::text[]) AS name
        WHERE to_regclass(quote_ident(name)) IS NOT NULL) AS tables,
      ARRAY(SELECT name FROM unnest(${columnsAdded}::text[]) AS name
        JOIN pg_attribute ON attname = name AND attrelid = to_regclass('"Projects"')
        ORDER BY attnum) AS "columnsOfProjects"`;
  return stays;
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
export async function uninstall(sql: Sql, lockTimeoutMs = LOCK_TIMEOUT_MS): Promise<Removal | undefined> {
  try {
    return await lockedTransaction(sql, lockTimeoutMs, async (tx) => {
      const installed = await findInstallation(tx);
      return installed && { ...installed, ...(await remove(tx, installed)) };
    });
  } catch (error) {
    throw failure(error);
  }
}

/** Rows first: their locks stop nobody, and the locks of tables that follow are held for milliseconds. */
async function remove(tx: Tx, { indexes, tables }: Installation) {
  let [documents, notifications] = [0, 0];
  // Rows of these keys that the service never wrote are the application's.
  if (tables.includes('dashboard_stats.documents'))
    ({ count: documents } = await tx`
      DELETE FROM "DashboardStatsCache" WHERE "CacheType" IN ('global', 'regional', 'facility')
        AND "CacheKey" IN (SELECT cache_key FROM dashboard_stats.documents)`);
  if (tables.includes('dashboard_stats.outbox'))
    ({ count: notifications } = await tx`
      DELETE FROM "RealTimeNotifications"
      WHERE "CreatedBy" = ${WRITTEN_BY} AND "EventType" = ANY(${[...OUR_METHODS]}::text[])`);
  // With their triggers. Tables go without CASCADE, which would also drop the views and keys that others built on them.
  const [{ routines }] = await tx<[{ routines: string | null }]>`
    SELECT string_agg(oid::regprocedure::text, ', ') AS routines
    FROM pg_proc WHERE pronamespace = 'dashboard_stats'::regnamespace`;
  if (routines) await tx.unsafe(`DROP ROUTINE ${routines} CASCADE`);
  for (const index of indexes) await tx.unsafe(`DROP INDEX ${identifier(index)}`);
  if (tables.length > 0) await tx.unsafe(`DROP TABLE ${tables.join(', ')}`);
  await tx`DROP SCHEMA dashboard_stats`;
  return { documents, notifications };
}

function failure(error: unknown): unknown {
  const code = errorCode(error);
  if (code === undefined) return error;
  const { message, detail } = error as { message: string; detail?: string };
  // Dependent objects still exist.
  const built = 'Others built on what is to be removed. Drop what is listed, then run this again.';
  const help = code === '2BP01' ? built : serverRefusal(error)?.help;
  return new MigrationError(
    `dashboard-stats could not be removed, and nothing was changed: ${message}.${detail ? `\n${detail}` : ''}`,
    { cause: error, help },
  );
}
