import type { Sql } from '../../../src/db/connection.ts';

/** Inserts a plain project and returns its id. */
export async function insertProject(
  sql: Sql,
  values: { region?: string | null; facility?: string | null; status?: number; kw?: number } = {},
): Promise<string> {
  const [row] = await sql<[{ id: string }]>`
    INSERT INTO "Projects" ("ProjectId", "ProjectName", "Address", "ClientInfo", "Status", "StartDate", "Region",
      "FacilityType", "TotalCapacityKw")
    VALUES (gen_random_uuid(), 'p', 'a', 'c', ${values.status ?? 0}, now(), ${values.region ?? null},
      ${values.facility ?? null}, ${values.kw ?? 1})
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
