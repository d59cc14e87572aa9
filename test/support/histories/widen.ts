import type { Sql } from '../../../src/db/connection.ts';

/** Columns wider than the guide's: see ValueOptions.wide. */
export async function widen(sql: Sql): Promise<void> {
  const counts = ['PvModuleCount', 'Inverter125kw', 'Inverter80kw', 'Inverter60kw', 'Inverter40kw'];
  const to = (type: string) => (column: string) => `ALTER COLUMN "${column}" TYPE ${type}`;
  await sql.unsafe(`
    ALTER TABLE "Projects" DROP CONSTRAINT "Projects_CompletionPercentage_check",
      ${['TotalCapacityKw', 'CompletionPercentage', 'Budget'].map(to('numeric'))},
      ${[...counts, 'FtsValue', 'RevenueValue', 'PqmValue'].map(to('bigint'))};
    ALTER TABLE "ProjectActivityFeed" ALTER COLUMN "AggregatedCount" TYPE bigint`);
}
