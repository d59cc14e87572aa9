import { textOf } from '../../db/columns.ts';
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
  const region = sql.unsafe(textOf('"RegionName"'));
  const facility = sql.unsafe(textOf('"FacilityTypeName"'));
  const regions = await sql<RegionRow[]>`
    SELECT DISTINCT ON (lower(${region})) "RegionId" AS id, ${region} AS name,
      jsonb_path_query_array("Provinces", '$[*] ? (@.type() == "string")') AS provinces
    FROM "ProjectRegions" WHERE "IsActive" AND length("RegionName") <= 50
    ORDER BY lower(${region}), "CreatedAt", "RegionId"`;
  const facilityTypes = await sql<FacilityTypeRow[]>`
    SELECT DISTINCT ON (lower(${facility})) "FacilityTypeId" AS id, ${facility} AS name
    FROM "WaterFacilityTypes" WHERE "IsActive" AND length("FacilityTypeName") <= 100
    ORDER BY lower(${facility}), "CreatedAt", "FacilityTypeId"`;
  return { regions, facilityTypes };
}
