/** The scopes that callers mean by projects or by SignalR groups, and those that are gone. */
import type { Db } from '../../db/connection.ts';
import { OWN_FACILITY, OWN_REGION, placed, SCOPES } from '../scopes.ts';

/** A project and the names of the region and facility type it counts in; null where it is in none. */
export interface ProjectScopes {
  projectId: string;
  region: string | null;
  facility: string | null;
}

/** Projects that do not exist are missing from the answer. */
export function scopesOfProjects(sql: Db, projectIds: readonly string[]): Promise<ProjectScopes[]> {
  return sql<ProjectScopes[]>`
    WITH ${sql.unsafe(SCOPES)},
    project AS (
      SELECT "ProjectId", ${sql.unsafe(OWN_REGION)} AS region, ${sql.unsafe(OWN_FACILITY)} AS facility FROM "Projects" p
      WHERE "ProjectId" = ANY(${projectIds as string[]}::uuid[])
    )
    SELECT "ProjectId" AS "projectId", region, facility FROM (${sql.unsafe(placed('project', ['"ProjectId"']))}) placed`;
}

/** The SignalR group of each facility scope (engine/scopes.ts); several may share one. */
export function facilityGroups(sql: Db): Promise<{ group: string; name: string }[]> {
  return sql<{ group: string; name: string }[]>`
    WITH ${sql.unsafe(SCOPES)}
    SELECT "SignalRGroupName" AS "group", name FROM facility JOIN "WaterFacilityTypes" ON "FacilityTypeId" = id
    WHERE "SignalRGroupName" IS NOT NULL`;
}

/** Keys that have a document and are no scope any more; the next refresh that computes every document deletes it. */
export async function goneScopes(sql: Db): Promise<string[]> {
  const rows = await sql<{ key: string }[]>`
    WITH ${sql.unsafe(SCOPES)}
    SELECT cache_key AS key FROM dashboard_stats.documents WHERE cache_key NOT IN (SELECT key FROM scope)`;
  return rows.map(({ key }) => key);
}
