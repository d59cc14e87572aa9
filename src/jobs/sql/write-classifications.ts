import type { Tx } from '../../db/connection.ts';
import type { Assignment, Classification } from '../../geography/classify.ts';

/**
 * Writes one batch in one statement. A row that changed since it was read, or that somebody holds, is left for the next
 * run: nothing is overwritten, nobody waited for. Triggers and row versions fire as for any other UPDATE.
 *
 * @returns ids of the projects that were written
 */
export async function writeClassifications(
  tx: Tx,
  batch: readonly (Classification & { rowVersion: string })[],
): Promise<string[]> {
  const rows = batch.map(({ projectId, rowVersion, province, region, facility }) => ({
    ...{ projectId, rowVersion, province },
    region: region?.name ?? null,
    facilityType: facility?.name ?? null,
    regionRow: rowOf(region),
    facilityRow: rowOf(facility),
  }));
  const written = await tx<{ projectId: string }[]>`
    WITH wanted AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) AS w (
        "projectId" uuid, "rowVersion" text, province text, region text, "facilityType" text, "regionRow" jsonb,
        "facilityRow" jsonb)
    ), unchanged AS (
      SELECT p."ProjectId" FROM "Projects" p
      JOIN wanted w ON p."ProjectId" = w."projectId" AND p.xmin::text = w."rowVersion"
      ORDER BY p."ProjectId" FOR NO KEY UPDATE OF p SKIP LOCKED
    ), written AS (
      UPDATE "Projects" p SET
        "Province" = coalesce(p."Province", w.province),
        "Region" = coalesce(p."Region", w.region),
        "FacilityType" = coalesce(p."FacilityType", w."facilityType")
      FROM unchanged JOIN wanted w ON w."projectId" = unchanged."ProjectId"
      WHERE p."ProjectId" = unchanged."ProjectId"
      RETURNING p."ProjectId", w."regionRow", w."facilityRow"
    ), in_regions AS (
      INSERT INTO "ProjectRegionAssignments" ("ProjectId", "RegionId", "AssignmentMethod", "Confidence", "Notes")
      SELECT "ProjectId", id, method, confidence, left(reason, 500)
      FROM written, jsonb_to_record("regionRow") AS r (id uuid, method text, confidence numeric, reason text)
      WHERE id IS NOT NULL
    ), in_types AS (
      INSERT INTO "ProjectFacilityAssignments" ("ProjectId", "FacilityTypeId", "AssignmentMethod", "Confidence", "Notes")
      SELECT "ProjectId", id, method, confidence, left(reason, 500)
      FROM written, jsonb_to_record("facilityRow") AS r (id uuid, method text, confidence numeric, reason text)
      WHERE id IS NOT NULL
    )
    SELECT "ProjectId" AS "projectId" FROM written`;
  return written.map(({ projectId }) => projectId);
}

/** The assignment's own row; empty where there is none to add. */
function rowOf(assignment: Assignment | null): Partial<Assignment> {
  if (!assignment || assignment.recorded) return {};
  const { id, method, confidence, reason } = assignment;
  return { id, method, confidence, reason };
}
