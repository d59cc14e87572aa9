import type { Sql } from '../../../src/db/connection.ts';

export interface ProjectValues {
  name?: string;
  address?: string;
  region?: string | null;
  facility?: string | null;
  province?: string | null;
  status?: number;
  kw?: number;
  at?: [latitude: number, longitude: number];
}

/** Inserts a plain project and returns its id. */
export async function insertProject(sql: Sql, values: ProjectValues = {}): Promise<string> {
  const { name = 'p', address = 'a', status = 0, kw = 1, at = [null, null] } = values;
  const { region = null, facility = null, province = null } = values;
  const [row] = await sql<[{ id: string }]>`
    INSERT INTO "Projects" ("ProjectId", "ProjectName", "Address", "ClientInfo", "Status", "StartDate", "Region",
      "FacilityType", "Province", "TotalCapacityKw", "Latitude", "Longitude")
    VALUES (gen_random_uuid(), ${name}, ${address}, 'c', ${status}, now(), ${region}, ${facility}, ${province}, ${kw},
      ${at[0]}, ${at[1]})
    RETURNING "ProjectId" AS id`;
  return row.id;
}

/** Asks again and again until `condition` holds. */
export async function until(condition: () => Promise<boolean>, timeoutMs = 15_000): Promise<void> {
  const began = performance.now();
  while (!(await condition())) {
    if (performance.now() - began > timeoutMs) throw new Error(`Not so within ${timeoutMs} ms.`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
