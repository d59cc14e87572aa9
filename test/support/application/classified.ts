/** What became of projects that were classified. */
import type { Sql } from '../../../src/db/connection.ts';

/** What classifying writes of a project. */
export async function project(sql: Sql, id: string) {
  const [row] = await sql`
    SELECT "Province" AS province, "Region" AS region, "FacilityType" AS facility FROM "Projects"
    WHERE "ProjectId" = ${id}`;
  return { ...row };
}

export const regionAssignments = (sql: Sql) => sql`
  SELECT a."ProjectId" AS id, "RegionName" AS region, "AssignmentMethod" AS method, "Confidence"::float8 AS confidence,
    "Notes" AS notes
  FROM "ProjectRegionAssignments" a JOIN "ProjectRegions" USING ("RegionId") ORDER BY "AssignedAt", "RegionName"`;

export const facilityAssignments = (sql: Sql) => sql`
  SELECT a."ProjectId" AS id, "FacilityTypeName" AS type, "AssignmentMethod" AS method,
    "Confidence"::float8 AS confidence, "Notes" AS notes
  FROM "ProjectFacilityAssignments" a JOIN "WaterFacilityTypes" USING ("FacilityTypeId") ORDER BY "AssignedAt"`;

/** Every row that classifying could change, and when it last did. */
export const everything = (sql: Sql) => sql`
  SELECT 'p' AS kind, xmin::text || p::text AS row FROM "Projects" p
  UNION ALL SELECT 'r', xmin::text || a::text FROM "ProjectRegionAssignments" a
  UNION ALL SELECT 'f', xmin::text || a::text FROM "ProjectFacilityAssignments" a ORDER BY 1, 2`;
