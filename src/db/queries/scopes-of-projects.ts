import type { Db } from '../connection.ts';

/** A project and the names of the region and facility type it counts in; null where it is in none. */
export interface ProjectScopes {
  projectId: string;
  region: string | null;
  facility: string | null;
}

/** Projects that do not exist are missing from the answer. Names are matched as engine/scan.ts does. */
export function scopesOfProjects(sql: Db, projectIds: readonly string[]): Promise<ProjectScopes[]> {
  return sql<ProjectScopes[]>`
    SELECT p."ProjectId" AS "projectId",
      coalesce(
        (SELECT "RegionName" FROM "ProjectRegions" WHERE "IsActive" AND lower("RegionName") = lower(p."Region")
         ORDER BY "CreatedAt", "RegionId" LIMIT 1),
        (SELECT "RegionName" FROM "ProjectRegions" WHERE "IsActive" AND lower("RegionName") = 'unknown'
         ORDER BY "CreatedAt", "RegionId" LIMIT 1)) AS region,
      (SELECT "FacilityTypeName" FROM "WaterFacilityTypes"
       WHERE "IsActive" AND lower("FacilityTypeName") = lower(p."FacilityType")
       ORDER BY "CreatedAt", "FacilityTypeId" LIMIT 1) AS facility
    FROM "Projects" p WHERE p."ProjectId" = ANY(${projectIds as string[]}::uuid[])`;
}
