/** What an operator wants to know of the service: read when somebody asks. */

import { finiteTime } from '../db/columns.ts';
import type { Db } from '../db/connection.ts';
import { StateRowMissingError } from '../errors.ts';

export interface ServiceStatus {
  /** By the database's clock. */
  at: Date;
  /** The newest revision in the table. */
  revision: number;
  localDate: string | null;
  /** Changes that wait for a refresh; at most MOST_MARKS are counted. */
  marks: number;
  /** What waits to be written for the application's hub and its log of events. */
  queued: { notifications: number; events: number };
  documents: DocumentStatus[];
  nodes: SeenNode[];
}

interface DocumentStatus {
  key: string;
  displayName: string;
  version: number;
  /** false: invalidated, and not computed again yet. */
  valid: boolean;
  asOf: Date;
  checkedAt: Date;
  expiresAt: Date;
}

/** A process that has sessions in this database. */
interface SeenNode {
  name: string;
  address: string | null;
  sessions: number;
  since: Date;
  lastSeen: Date | null;
}

/** Counting more takes long, and says nothing more. */
const MOST_MARKS = 10_000;

/** How a process names its sessions, before the name of the node. */
export const NODE_PREFIX = 'dashboard-stats node ';
const WORKERS = 'dashboard-stats-workers';

export async function readStatus(sql: Db): Promise<ServiceStatus> {
  // One after the other: in a transaction the failure of one is the cause of the next one's, and would hide behind it.
  const state = await readState(sql);
  return { ...state, documents: await readDocuments(sql), nodes: await readNodes(sql) };
}

/** Without documents and nodes. */
export async function readState(sql: Db): Promise<Omit<ServiceStatus, 'documents' | 'nodes'>> {
  const [state] = await sql<Omit<ServiceStatus, 'documents' | 'nodes'>[]>`
    SELECT clock_timestamp() AS at, revision, to_char(local_date, 'YYYY-MM-DD') AS "localDate",
      (SELECT count(*) FROM (SELECT FROM dashboard_stats.marks LIMIT ${MOST_MARKS}) marks) AS marks,
      jsonb_build_object('notifications', (SELECT count(*) FROM dashboard_stats.queued_notifications),
        'events', (SELECT count(*) FROM dashboard_stats.queued_events)) AS queued
    FROM dashboard_stats.state`;
  if (!state) throw new StateRowMissingError();
  return state;
}

function readDocuments(sql: Db): Promise<DocumentStatus[]> {
  return sql<DocumentStatus[]>`
    SELECT cache_key AS key, display_name AS "displayName", "Version" AS version, "IsValid" AS valid,
      ${sql.unsafe(finiteTime('"LastCalculated"'))} AS "asOf", checked_at AS "checkedAt",
      ${sql.unsafe(finiteTime('"ExpiresAt"'))} AS "expiresAt"
    FROM dashboard_stats.documents JOIN "DashboardStatsCache" ON "CacheKey" = cache_key
    WHERE "CacheType" IN ('global', 'regional', 'facility')
    ORDER BY "CacheType" <> 'global', "CacheType" DESC, cache_key COLLATE "C"`;
}

/** Behind a pooler its sessions are seen, with the name of the node that had each of them last. */
function readNodes(sql: Db): Promise<SeenNode[]> {
  return sql<SeenNode[]>`
    SELECT CASE application_name WHEN ${WORKERS} THEN 'Workers' ELSE substr(application_name, ${NODE_PREFIX.length + 1}::integer) END AS name,
      host(client_addr) AS address, count(*) AS sessions, min(backend_start) AS since,
      max(greatest(state_change, query_start)) AS "lastSeen"
    FROM pg_stat_activity
    WHERE datname = current_database()
      AND (starts_with(application_name, ${NODE_PREFIX}) OR application_name = ${WORKERS})
    GROUP BY application_name, client_addr ORDER BY name, address`;
}
