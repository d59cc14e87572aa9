import type { Sql, Tx } from '../../db/connection.ts';
import { failureKind } from '../../db/failures.ts';
import { transaction } from '../../db/transaction.ts';
import { UnstorableError } from '../../errors.ts';

/** A row of "ProjectActivityFeed", members named as its columns. */
export interface ActivityRow {
  activityId: string;
  projectId: string;
  activityType: string;
  entityType: string;
  entityId: string;
  title: string;
  description: string;
  performedByUserId: string | null;
  performedByUserName: string | null;
  /** jsonb as text. */
  activityData: string;
  severity: number;
  isVisible: boolean;
  createdAt: string | null;
}

export interface StoredActivities {
  /** activityIds that are new. */
  stored: string[];
  /** activityIds left out because they say they happen in the future: they would raise LastActivityAt for good. */
  future: string[];
  /** projectIds that do not exist. */
  unknownProjects: string[];
}

/** Senders' clocks may be ahead of the database's by so much. */
const AHEAD = '5 minutes';

/**
 * Stores activities of projects that exist and raises those projects' LastActivityAt. One that is stored already
 * (same activityId) is left as it is, also where the feed has no unique key that would say so, as a partitioned one may not:
 * the projects' rows let one sender at a time look and store. The projects are marked here too: `migrate --no-triggers` leaves
 * nobody else to.
 *
 * @throws UnstorableError when a value fits no column of PostgreSQL's; nothing is stored then
 */
export async function storeActivities(
  sql: Sql,
  activities: readonly ActivityRow[],
): Promise<StoredActivities> {
  const [, [result]] = await transaction(sql, BOUNDS, (tx) =>
    // Sent together; the second has a snapshot of its own, which shows what others stored before they let the rows go.
    Promise.all([lockProjects(tx, activities), store(tx, activities)]),
  ).catch(refused);
  return result;
}

/** Shorter than the sender's patience: what was answered 503 is not stored after all, and nobody stands behind it for long. */
const BOUNDS = { isolation: 'read committed', statementMs: 5_000, lockMs: 2_000 } as const;

/** In key order, so that two senders never wait for each other crosswise. */
function lockProjects(tx: Tx, activities: readonly ActivityRow[]) {
  return tx`
    SELECT FROM "Projects" WHERE "ProjectId" = ANY(${activities.map(({ projectId }) => projectId)}::uuid[])
    ORDER BY "ProjectId" FOR NO KEY UPDATE`;
}

function store(tx: Tx, activities: readonly ActivityRow[]) {
  return tx<[StoredActivities]>`
    WITH activity AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(activities)}::text::jsonb) AS a (
        "activityId" uuid, "projectId" uuid, "activityType" text, "entityType" text, "entityId" uuid, "title" text,
        "description" text, "performedByUserId" uuid, "performedByUserName" text, "activityData" text,
        "severity" integer, "isVisible" boolean, "createdAt" timestamptz)
    ), known AS (
      SELECT "ProjectId" FROM "Projects" WHERE "ProjectId" IN (SELECT "projectId" FROM activity)
    ), stored AS (
      INSERT INTO "ProjectActivityFeed" ("ActivityId", "ProjectId", "ActivityType", "EntityType", "EntityId", "Title",
        "Description", "PerformedByUserId", "PerformedByUserName", "ActivityData", "Severity", "IsVisible", "CreatedAt")
      SELECT DISTINCT ON ("activityId") "activityId", "projectId", "activityType", "entityType", "entityId", "title", "description",
        u."UserId", "performedByUserName", "activityData"::jsonb, "severity", "isVisible", coalesce(a."createdAt", now())
      FROM activity a
      JOIN known k ON k."ProjectId" = a."projectId"
        AND (a."createdAt" IS NULL OR a."createdAt" <= now() + ${AHEAD}::interval)
      LEFT JOIN "Users" u ON u."UserId" = a."performedByUserId"
      WHERE NOT EXISTS (SELECT FROM "ProjectActivityFeed" f WHERE f."ActivityId" = a."activityId")
      ON CONFLICT DO NOTHING
      RETURNING "ActivityId", "ProjectId", "CreatedAt"
    ), raised AS (
      UPDATE "Projects" p SET "LastActivityAt" = latest.at
      FROM (SELECT "ProjectId", max("CreatedAt") AS at FROM stored GROUP BY "ProjectId") latest
      WHERE p."ProjectId" = latest."ProjectId" AND (p."LastActivityAt" IS NULL OR p."LastActivityAt" < latest.at)
    ), marked AS (
      INSERT INTO dashboard_stats.marks (project_id) SELECT DISTINCT "ProjectId" FROM stored
    )
    SELECT
      coalesce((SELECT json_agg("ActivityId") FROM stored), '[]') AS stored,
      coalesce((SELECT json_agg("activityId") FROM activity WHERE "createdAt" > now() + ${AHEAD}::interval), '[]') AS future,
      coalesce((SELECT json_agg(DISTINCT "projectId") FROM activity
                WHERE "projectId" NOT IN (SELECT "ProjectId" FROM known)), '[]') AS "unknownProjects"`;
}

function refused(error: unknown): never {
  if (failureKind(error) !== 'badRow') throw error;
  throw new UnstorableError(
    'Nothing was stored: PostgreSQL cannot store a value (half of a surrogate pair, a NUL, a date out of range, too ' +
      'deep or too long), or it is against a rule of the table.',
    { cause: error },
  );
}
