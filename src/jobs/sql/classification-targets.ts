import type { Db } from '../../db/connection.ts';

export interface RegionRow {
  id: string;
  name: string;
  /** As somebody wrote them. */
  provinces: string[];
}

export interface FacilityTypeRow {
  id: string;
  name: string;
}

/**
 * Active regions and facility types. Of two whose names differ in case only, the oldest counts, as in engine/scan.ts.
 * A name that does not fit into the column of "Projects" cannot be assigned, and is left out.
 */
export async function classificationTargets(
  sql: Db,
): Promise<{ regions: RegionRow[]; facilityTypes: FacilityTypeRow[] }> {
  const regions = await sql<RegionRow[]>`
    SELECT DISTINCT ON (lower("RegionName")) "RegionId" AS id, "RegionName" AS name,
      jsonb_path_query_array("Provinces", '$[*] ? (@.type() == "string")') AS provinces
    FROM "ProjectRegions" WHERE "IsActive" AND length("RegionName") <= 50
    ORDER BY lower("RegionName"), "CreatedAt", "RegionId"`;
  const facilityTypes = await sql<FacilityTypeRow[]>`
    SELECT DISTINCT ON (lower("FacilityTypeName")) "FacilityTypeId" AS id, "FacilityTypeName" AS name
    FROM "WaterFacilityTypes" WHERE "IsActive" AND length("FacilityTypeName") <= 100
    ORDER BY lower("FacilityTypeName"), "CreatedAt", "FacilityTypeId"`;
  return { regions, facilityTypes };
}
