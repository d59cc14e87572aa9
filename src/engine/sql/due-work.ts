import type { Db, Tx } from '../../db/connection.ts';
import { StateRowMissingError } from '../../errors.ts';
import { DRAIN_MARKS, type Marks } from './drain-marks.ts';
import { FILES } from './files.ts';
import { currentEpoch, LOCK_STATE, type LockedState, type State } from './lock-state.ts';
import { TRIGGERS_ARE_THERE } from './trigger-state.ts';

/** What the clock and the tables say right after the lock. */
export interface DueWork {
  /** The database's clock, to the millisecond, never before an earlier one. */
  asOf: Date;
  /** asOf's local date, `YYYY-MM-DD`, never before an earlier one, though a zone may set its clocks back over midnight. */
  today: string;
  marks: Marks;
  /** The kept documents are of an earlier day, or there are none yet. */
  newDay: boolean;
  /** There is no document at all. */
  empty: boolean;
  /** Of our documents that were invalidated, or deleted by somebody, or expire within the time asked for. */
  keysToRenew: string[];
  /** No trigger was left out, dropped or disabled: every change leaves a mark. */
  triggersAreThere: boolean;
  /** Since the last refresh a table was truncated or rewritten, a partition came or went, or our triggers were switched: no mark may tell. */
  rewritten: boolean;
  /** See FILES. */
  files: string;
}

/**
 * Locks the state row, reads what a refresh has to do, and takes the marks, in one statement. The transaction must have set
 * TimeZone.
 *
 * @param options `skipIfBusy`: return undefined instead of waiting when another transaction holds the lock; `resetClock`: forget
 * the earlier asOf, as for a recompute in another zone
 * @throws StateRowMissingError
 */
export async function takeDueWork(
  tx: Tx,
  options: { skipIfBusy: boolean; expiringWithinSeconds: number; resetClock: boolean },
): Promise<{ state: State; due: DueWork } | undefined> {
  const { skipIfBusy, expiringWithinSeconds, resetClock } = options;
  const [row] = await tx.unsafe<
    { locked: LockedState; due: Omit<DueWork, 'asOf' | 'marks'>; asOf: Date; marks: Marks }[]
  >(
    `WITH locked AS MATERIALIZED (${LOCK_STATE} ${skipIfBusy ? 'SKIP LOCKED' : ''}),
    ${DRAIN_MARKS},
    clock AS MATERIALIZED (
      SELECT local_date, files AS kept_files, date_trunc('milliseconds',
        CASE WHEN $1 THEN clock_timestamp() ELSE greatest(clock_timestamp(), as_of) END) AS as_of
      FROM locked, dashboard_stats.state
    ),
    kept AS (
      SELECT NOT EXISTS (SELECT FROM dashboard_stats.documents) AS empty,
        -- NOT IN hashes what it looks in; the plan may be of a time when there was no document yet, and joined by nested loops.
        ARRAY(
          SELECT cache_key::text FROM dashboard_stats.documents WHERE cache_key NOT IN (
            SELECT "CacheKey" FROM "DashboardStatsCache" WHERE "CacheType" IN ('global', 'regional', 'facility') AND "CacheKey" IS NOT NULL
              AND "IsValid" AND "ExpiresAt" >= (SELECT clock_timestamp() + $2 * INTERVAL '1 second')
          )
        ) AS "keysToRenew"
    ),
    due AS (
      SELECT to_char(today, 'YYYY-MM-DD') AS today, today IS DISTINCT FROM local_date AS "newDay",
        ${TRIGGERS_ARE_THERE} AS "triggersAreThere", files, files IS DISTINCT FROM kept_files AS rewritten, kept.*
      FROM clock, kept, (SELECT ${FILES} AS files OFFSET 0) present,
        LATERAL (SELECT greatest(as_of::date, CASE WHEN NOT $1 THEN local_date END) AS today) day
    )
    SELECT to_json(locked) AS locked, to_json(due) AS due, as_of AS "asOf", to_json(marks) AS marks
    FROM locked, clock, due, marks`,
    [resetClock, expiringWithinSeconds],
    { prepare: true },
  );
  if (row)
    return {
      state: await currentEpoch(tx, row.locked),
      due: { ...row.due, asOf: row.asOf, marks: row.marks },
    };
  if (skipIfBusy) return undefined;
  throw new StateRowMissingError();
}

/**
 * Whether a refresh has anything to do: marks, an invalidated document, a new local day, triggers that are gone or are
 * back, or other files. Asked by each poll.
 */
export async function isPending(sql: Db, timeZone: string): Promise<boolean> {
  const [row] = await sql<[{ pending: boolean }]>`
    SELECT EXISTS (SELECT FROM dashboard_stats.marks)
      OR EXISTS (SELECT FROM "DashboardStatsCache"
                 WHERE NOT "IsValid" AND "CacheType" IN ('global', 'regional', 'facility')
                   AND "CacheKey" IN (SELECT cache_key FROM dashboard_stats.documents))
      OR EXISTS (SELECT FROM dashboard_stats.state
                 WHERE local_date IS NULL OR local_date < (clock_timestamp() AT TIME ZONE ${timeZone})::date
                   OR files IS DISTINCT FROM ${sql.unsafe(FILES)}
                   -- Triggers that went or came back are in the list of files; that they are not wanted any more is not.
                   OR marks_lost AND NOT wants_triggers) AS pending`;
  return row.pending;
}
