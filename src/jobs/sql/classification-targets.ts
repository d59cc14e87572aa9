import type { Db } from '../../db/connection.ts';
import { SCOPES } from '../../engine/scopes.ts';
import type { Target } from '../../geography/classify.ts';

/** `provinces`: as somebody wrote them. */
type Region = Target & { provinces: string[] };

/**
 * Active regions and facility types, as a project can belong to them.
 * A name that does not fit into the column of "Projects" cannot be assigned, and is left out.
 */
export async function classificationTargets(
  sql: Db,
): Promise<{ regions: Region[]; facilityTypes: Target[] }> {
  const regions = await sql<Region[]>`
    WITH ${sql.unsafe(SCOPES)}
    SELECT id, name, jsonb_path_query_array("Provinces", '$[*] ? (@.type() == "string")') AS provinces
    FROM region JOIN "ProjectRegions" ON "RegionId" = id WHERE length(name) <= 50 ORDER BY match`;
  const facilityTypes = await sql<Target[]>`
    WITH ${sql.unsafe(SCOPES)}
    SELECT id, name FROM facility WHERE length(name) <= 100 ORDER BY match`;
  return { regions, facilityTypes };
}
