import type { Db } from '../../db/connection.ts';
import type { UnclassifiedProject } from '../../geography/classify.ts';

export interface UnclassifiedRow extends UnclassifiedProject {
  /** Changes with every change of the row. */
  rowVersion: string;
}

interface Unlisted {
  /** Thai names of provinces that no region lists: a project that has one for its Province can get no region. */
  unlisted: readonly string[];
}

const lacksSomething = (sql: Db, { unlisted }: Unlisted) => sql`("FacilityType" IS NULL
  OR ("Region" IS NULL AND ("Province" IS NULL OR "Province" <> ALL (${unlisted as string[]}::text[]))))`;

/** How many there are in all. */
export async function countUnclassified(sql: Db, unlisted: Unlisted): Promise<number> {
  const [{ count }] = await sql<[{ count: number }]>`
    SELECT count(*)::integer FROM "Projects" WHERE ${lacksSomething(sql, unlisted)}`;
  return count;
}

/**
 * The next projects without a region or facility type, in the order of their ids, and their assignments.
 *
 * @param after the last ProjectId of the batch before; null for the first
 */
export function unclassifiedProjects(
  sql: Db,
  batch: Unlisted & { after: string | null; limit: number },
): Promise<UnclassifiedRow[]> {
  return sql<UnclassifiedRow[]>`
    WITH batch AS MATERIALIZED (
      SELECT "ProjectId", left("ProjectName", 500) AS name, left("Address", 1000) AS address, "Province", "Region",
        "FacilityType", "Latitude", "Longitude", xmin::text AS row_version
      FROM "Projects"
      WHERE ${batch.after === null ? sql`true` : sql`"ProjectId" > ${batch.after}`}
        AND ${lacksSomething(sql, batch)}
      ORDER BY "ProjectId"
      LIMIT ${batch.limit}
    )
    -- One pass over each table of assignments, which the guide gives no index by project.
    SELECT "ProjectId" AS "projectId", coalesce(name, '') AS "projectName", coalesce(address, '') AS address,
      "Province" AS province, "Region" AS region, "FacilityType" AS "facilityType",
      "Latitude"::float8 AS latitude, "Longitude"::float8 AS longitude, row_version AS "rowVersion",
      coalesce(in_regions.list, '[]') AS "regionAssignments", coalesce(in_types.list, '[]') AS "facilityAssignments"
    FROM batch
    LEFT JOIN (
      SELECT "ProjectId", json_agg(json_build_object('id', "RegionId", 'method', "AssignmentMethod")) AS list
      FROM "ProjectRegionAssignments" WHERE "ProjectId" IN (SELECT "ProjectId" FROM batch) GROUP BY "ProjectId"
    ) in_regions USING ("ProjectId")
    LEFT JOIN (
      SELECT "ProjectId", json_agg(json_build_object('id', "FacilityTypeId", 'method', "AssignmentMethod")) AS list
      FROM "ProjectFacilityAssignments" WHERE "ProjectId" IN (SELECT "ProjectId" FROM batch) GROUP BY "ProjectId"
    ) in_types USING ("ProjectId")
    ORDER BY "ProjectId"`;
}
