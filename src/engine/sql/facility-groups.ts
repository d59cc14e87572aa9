import type { Db } from '../../db/connection.ts';

/** The SignalR group of each facility scope (engine/scopes.ts); several may share one. */
export function facilityGroups(sql: Db): Promise<{ group: string; name: string }[]> {
  return sql<{ group: string; name: string }[]>`
    SELECT "group", name
    FROM (
      SELECT DISTINCT ON (lower("FacilityTypeName")) "SignalRGroupName" AS "group", "FacilityTypeName" AS name
      FROM "WaterFacilityTypes" WHERE "IsActive"
      ORDER BY lower("FacilityTypeName"), "CreatedAt", "FacilityTypeId"
    ) scope
    WHERE "group" IS NOT NULL`;
}
