/** Three projects whose figures on THE_DAY can be worked out by hand. */
import type { Sql, Tx } from '../../../src/db/connection.ts';
import { engineTransaction } from '../../../src/engine/transaction.ts';

export const THE_DAY = '2026-06-15';
const ZONE = 'Asia/Bangkok';

/** Completed two days late, with two events on THE_DAY. */
export const A = '00000000-0000-4000-8000-00000000000a';
/** In progress, overdue, of no facility type. */
export const B = '00000000-0000-4000-8000-00000000000b';
/** Planned, begins five days after THE_DAY. */
export const C = '00000000-0000-4000-8000-00000000000c';

export async function addThreeProjects(sql: Sql): Promise<void> {
  await sql.unsafe(`
    SET TimeZone = '${ZONE}';
    INSERT INTO "Projects" ("ProjectId", "ProjectName", "Address", "ClientInfo", "Status", "StartDate", "EstimatedEndDate",
      "ActualEndDate", "Region", "FacilityType", "Province", "TotalCapacityKw", "CompletionPercentage")
    VALUES
      ('${A}', 'a', 'a', 'a', 2, '2026-01-01', '2026-06-10', '2026-06-12', 'northern', 'reservoir', 'เชียงใหม่', 10.5, 100),
      ('${B}', 'b', 'b', 'b', 1, '2026-01-01', '2026-06-01', NULL, 'Northern', NULL, 'Chiang Mai', 2, 35),
      ('${C}', 'c', 'c', 'c', 0, '2026-06-20', NULL, NULL, 'western', 'reservoir', NULL, 0.25, 0);
    INSERT INTO "ProjectActivityFeed" ("ProjectId", "ActivityType", "EntityType", "EntityId", "Title", "Description", "CreatedAt")
    VALUES ('${A}', 'x', 'x', '${A}', 'x', 'x', '${THE_DAY} 00:00'), ('${A}', 'x', 'x', '${A}', 'x', 'x', '${THE_DAY} 23:59')`);
}

/** In one snapshot, with days as the engine sees them. */
export const asEngine = <T>(sql: Sql, work: (tx: Tx) => Promise<T>) =>
  engineTransaction(sql, ZONE, { isolation: 'repeatable read' }, work);

/** The statistics by key. */
export const byKey = (documents: readonly { key: string; statistics: string | null }[]) =>
  Object.fromEntries(documents.map(({ key, statistics }) => [key, JSON.parse(statistics ?? 'null')]));
