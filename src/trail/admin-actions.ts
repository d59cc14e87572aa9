/** The trail: who invalidated, recomputed or ran what, when, from where and why, and what came of it (sql/013). */
import type { Db } from '../db/connection.ts';

/** Characters of a reason. */
export const MAX_REASON = 500;

/** What somebody asks for. */
export interface AskedAction {
  who: string;
  address?: string | undefined;
  requestId?: string | undefined;
  /** For the log; the table has the request id. */
  traceId?: string | undefined;
  action: 'invalidate' | 'recompute' | 'run-job';
  /** As it was asked for: `{ keys: [...] }`, `{ full: true }`, `{ job: 'audit' }`. */
  target: Readonly<Record<string, unknown>>;
  reason?: string | undefined;
}

/** What came of it, in words too. */
export interface ActionEnd {
  outcome: 'succeeded' | 'failed';
  detail: string;
  revision?: number | undefined;
}

export interface AdminAction {
  id: number;
  at: Date;
  who: string;
  address: string | null;
  requestId: string | null;
  action: AskedAction['action'];
  target: Record<string, unknown>;
  reason: string | null;
  /** null while it is under way, and for ever where its process was killed. */
  outcome: ActionEnd['outcome'] | null;
  detail: string | null;
  revision: number | null;
  durationMs: number | null;
}

/** @returns its id */
export async function beginAction(sql: Db, asked: AskedAction): Promise<number> {
  const { who, address = null, requestId = null, action, target, reason = null } = asked;
  const [row] = await sql<[{ id: number }]>`
    INSERT INTO dashboard_stats.admin_actions (who, address, request_id, action, target, reason)
    VALUES (${who}, ${address}, ${requestId}, ${action}, ${JSON.stringify(target)}::text::jsonb, ${reason})
    RETURNING action_id AS id`;
  return row.id;
}

export async function endAction(
  sql: Db,
  id: number,
  { outcome, detail, revision }: ActionEnd,
  durationMs: number,
): Promise<void> {
  await sql`
    UPDATE dashboard_stats.admin_actions
    SET outcome = ${outcome}, detail = ${detail}, revision = ${revision ?? null}, duration_ms = ${durationMs}
    WHERE action_id = ${id}`;
}

/**
 * Newest first.
 *
 * @param after only those older than the action of this id
 */
export function readActions(
  sql: Db,
  { limit, after }: { limit: number; after: number | undefined },
): Promise<AdminAction[]> {
  return sql<AdminAction[]>`
    SELECT action_id AS id, at, who, address, request_id AS "requestId", action, target, reason, outcome, detail, revision,
      duration_ms AS "durationMs"
    FROM dashboard_stats.admin_actions
    WHERE ${after === undefined} OR action_id < ${after ?? 0}
    ORDER BY action_id DESC LIMIT ${limit}`;
}
