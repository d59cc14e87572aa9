import type { Db } from '../connection.ts';

/** The SignalR group of each active facility type; several types may share one. */
export function facilityGroups(sql: Db): Promise<{ group: string; name: string }[]> {
  return sql<{ group: string; name: string }[]>`
    SELECT "SignalRGroupName" AS "group", "FacilityTypeName" AS name FROM "WaterFacilityTypes"
    WHERE "IsActive" AND "SignalRGroupName" IS NOT NULL`;
}
