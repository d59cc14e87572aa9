import type { Tx } from '../db/connection.ts';
import type { DemoBatch } from './projects.ts';
import { between, drawn, fraction, oneOf } from './random.ts';
import { ACTIVITIES, STATUS_NAMES } from './words.ts';

/** The lowest id that a project of this ordinal, or of a later one, has. */
function lowestId(ordinal: number): string {
  const hex = ordinal.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

/** The projects of a batch. Their ids rise with the ordinal, so this is a range of the primary key. */
const ofBatch = (tx: Tx, { first, last }: DemoBatch) =>
  tx`project."ProjectId" >= ${lowestId(first)}::uuid AND project."ProjectId" < ${lowestId(last + 1)}::uuid`;

/** The id of a project's n-th activity or status change: the project's own, with n in the place of its third group. */
const nthId = (tx: Tx) =>
  tx`overlay(project."ProjectId"::text PLACING '8' || lpad(to_hex(n), 3, '0') FROM 15 FOR 4)::uuid`;

/**
 * Inserts events for each project of a batch: one when LastActivityAt says that there was one, and others at any time from then
 * back to `activityDays` ago, up to seven a month. Returns how many.
 */
export async function insertDemoActivities(tx: Tx, batch: DemoBatch): Promise<number> {
  const inserted = await tx`
    INSERT INTO "ProjectActivityFeed" (
      "ActivityId", "ProjectId", "ActivityType", "EntityType", "EntityId", "Title", "Description", "PerformedByUserId",
      "Severity", "IsVisible", "CreatedAt", "AggregatedCount", "LastAggregatedAt"
    )
    SELECT ${nthId(tx)}, "ProjectId", type, entity, CASE entity WHEN 'project' THEN "ProjectId" ELSE ${nthId(tx)} END,
      title, title || ' – ' || "ProjectName", "ProjectManagerId", severity, n = 1 OR ${drawn(tx, 'hidden')} % 14 > 0,
      happened_at, CASE WHEN aggregated THEN ${between(tx, 'count', 2, 9)} ELSE 1 END,
      CASE WHEN aggregated THEN happened_at END
    FROM (
      -- OFFSET 0 keeps what is computed once for each project from being inlined into each of its events.
      SELECT "ProjectId", "ProjectName", "ProjectManagerId", "LastActivityAt",
        uuid_hash_extended("ProjectId", 1) AS project_seed,
        greatest(0, extract(epoch FROM "LastActivityAt" - greatest("CreatedAt",
          ${batch.midnight}::timestamptz - ${batch.activityDays - 1} * INTERVAL '24 hours')))::bigint AS seconds
      FROM "Projects" AS project
      WHERE ${ofBatch(tx, batch)} AND "LastActivityAt" IS NOT NULL
      OFFSET 0
    ) AS project
    CROSS JOIN LATERAL generate_series(1, 1 + (project_seed & 1048575)::integer % greatest(1, seconds * 7 / ${29 * 86400})::integer) AS n
    CROSS JOIN LATERAL (SELECT hashint8extended(n, project_seed) AS row_seed) AS event
    CROSS JOIN LATERAL (
      SELECT ${drawn(tx, 'aggregated')} % 7 = 0 AS aggregated,
        CASE n WHEN 1 THEN "LastActivityAt"
          ELSE "LastActivityAt" - floor(power(${fraction(tx, 'before')}, 1.25) * seconds) * INTERVAL '1 second' END AS happened_at
    ) AS timed
    JOIN jsonb_to_recordset(${tx.json(ACTIVITIES.map((activity, index) => ({ index, ...activity })))}) AS activity (
      index integer, type text, entity text, title text, severity integer
    ) ON activity.index = ${drawn(tx, 'activity')} % ${ACTIVITIES.length}`;
  return inserted.count;
}

/** Inserts how each project of a batch came to its status; a planned one has no history. Returns how many rows. */
export async function insertDemoStatusHistory(tx: Tx, batch: DemoBatch): Promise<number> {
  const status = batch.statusIsText
    ? tx`array_position(${STATUS_NAMES}::text[], "Status"::text) - 1`
    : tx`"Status"`;
  const inserted = await tx`
    INSERT INTO "ProjectStatusHistory" (
      "StatusHistoryId", "ProjectId", "OldStatus", "NewStatus", "ChangedAt", "ChangedByUserId", "ChangeReason",
      "CompletionPercentage", "ActualEndDate", "EstimatedEndDate"
    )
    SELECT ${nthId(tx)}, "ProjectId", n - 1, CASE n WHEN 1 THEN 1 ELSE status END,
      CASE n WHEN 1 THEN "StartDate" ELSE "LastStatusChange" END, "ProjectManagerId",
      CASE WHEN n = 1 THEN 'เริ่มงานติดตั้ง' WHEN status = 2 THEN 'ส่งมอบงานแล้ว'
        ELSE ${oneOf(tx, 'reason', ['รออุปกรณ์', 'รอใบอนุญาต', 'งบประมาณไม่พอ', 'ปรับแผนงาน'])} END,
      CASE n WHEN 1 THEN 0 ELSE "CompletionPercentage" END,
      CASE n WHEN 2 THEN "ActualEndDate" END, "EstimatedEndDate"
    FROM (
      SELECT project.*, ${status} AS status, uuid_hash_extended("ProjectId", 2) AS row_seed
      FROM "Projects" AS project WHERE ${ofBatch(tx, batch)}
    ) AS project
    CROSS JOIN LATERAL generate_series(1, CASE status WHEN 0 THEN 0 WHEN 1 THEN 1 ELSE 2 END) AS n`;
  return inserted.count;
}
