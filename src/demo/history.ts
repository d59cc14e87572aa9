/**
 * The figures of the demo's past days, as they would have been served: for each day the oracle computes the documents of what
 * the projects were in the evening of that day, as their status changes and activities tell it.
 */
import type { Sql } from '../db/connection.ts';
import { scanSql } from '../engine/scan.ts';
import { keptFigures, namedPaths } from '../engine/sql/keep-history.ts';
import { engineTransaction } from '../engine/transaction.ts';
import { daysAfter } from '../stats/days.ts';
import { HISTORY_PATHS } from '../stats/schema.ts';

/** Days before today that the demo has figures of; the setting HISTORY_DAYS says how long figures are kept. */
export const DEMO_DAYS = 90;
/** It costs a scan for each day, 20 ms at 1,000 projects: a demo of more than 2,000 starts with estimates, as any database. */
export const hasHistory = (projects: number) => projects <= 2_000;

/** What was otherwise on an earlier day, SQL by column. The other columns are as they are now. */
const THEN: Readonly<Record<string, string>> = {
  Status: 'status',
  CompletionPercentage: `CASE status
    WHEN 0 THEN 0
    WHEN 1 THEN round(least(99, greatest(1, "CompletionPercentage"::float8 * least(1, greatest(0,
      extract(epoch FROM evening - "StartDate")::float8 / nullif(extract(epoch FROM until - "StartDate")::float8, 0))))))
    ELSE "CompletionPercentage" END`,
  ActualEndDate: 'CASE WHEN status = 2 THEN "ActualEndDate" END',
  LastActivityAt: 'active_at',
  // Long texts that nothing counts.
  ...Object.fromEntries(
    ['ProjectName', 'Address', 'ClientInfo', 'Description'].map((name) => [name, 'NULL::text']),
  ),
};

/**
 * Keeps the figures of the 90 local days before today, in the place of estimates, unless there are too many projects.
 *
 * @param timeZone that of the statistics
 * @param onDay told before each day how many are done
 */
export function insertDemoHistory(
  sql: Sql,
  timeZone: string,
  onDay: (done: number) => void = () => {},
): Promise<boolean> {
  return engineTransaction(sql, timeZone, { isolation: 'repeatable read' }, async (tx) => {
    const [{ projects, today }] = await tx<[{ projects: number; today: string }]>`
      SELECT count(*)::integer AS projects, current_date::text AS today FROM "Projects"`;
    if (!hasHistory(projects)) return false;
    await tx.unsafe(READ_ONCE);
    const columns = await tx<{ name: string }[]>`
      SELECT attname AS name FROM pg_attribute
      WHERE attrelid = 'pg_temp."Projects"'::regclass AND attnum > 0 ORDER BY attnum`;
    const names = columns.map(({ name }) => name);
    for (let ago = DEMO_DAYS; ago > 0; ago--) {
      onDay(DEMO_DAYS - ago);
      await tx.unsafe(keepDay(daysAfter(today, -ago), names));
    }
    return true;
  });
}

/**
 * Since when and until when each project had a status, and was active last. Then a table "Projects" for the projects of one
 * day: temporary tables are found before all others, and so the oracle reads it.
 */
const READ_ONCE = `
  CREATE TEMP TABLE demo_project ON COMMIT DROP AS SELECT * FROM "Projects";
  CREATE TEMP TABLE demo_status ON COMMIT DROP AS
  SELECT "ProjectId" AS id, "NewStatus" AS status, "ChangedAt" AS since,
    lead("ChangedAt", 1, 'infinity') OVER (PARTITION BY "ProjectId" ORDER BY "ChangedAt", "NewStatus") AS until
  FROM "ProjectStatusHistory";
  CREATE TEMP TABLE demo_activity ON COMMIT DROP AS
  SELECT "ProjectId" AS id, "CreatedAt" AS since,
    lead("CreatedAt", 1, 'infinity') OVER (PARTITION BY "ProjectId" ORDER BY "CreatedAt") AS until
  FROM "ProjectActivityFeed";
  ANALYZE demo_project, demo_status, demo_activity;
  CREATE TEMP TABLE "Projects" (LIKE demo_project) ON COMMIT DROP;
  ALTER TABLE pg_temp."Projects" ALTER COLUMN "Status" TYPE integer USING NULL`;

function keepDay(day: string, columns: readonly string[]): string {
  const evening = `(DATE '${day}' + 1)::timestamptz`;
  return `
    TRUNCATE pg_temp."Projects";
    INSERT INTO pg_temp."Projects"
    SELECT ${columns.map((name) => THEN[name] ?? `"${name}"`).join(', ')}
    FROM (
      SELECT p.*, ${evening} AS evening, coalesce(s.status, 0) AS status, least(s.until, now()) AS until, a.since AS active_at
      FROM demo_project AS p
      LEFT JOIN demo_status AS s ON s.id = p."ProjectId" AND s.since < ${evening} AND s.until >= ${evening}
      LEFT JOIN demo_activity AS a ON a.id = p."ProjectId" AND a.since < ${evening} AND a.until >= ${evening}
      WHERE p."CreatedAt" < ${evening}
    ) AS project;
    WITH ${namedPaths(HISTORY_PATHS)}
    INSERT INTO dashboard_stats.history (cache_key, day, estimated, paths_id, as_of, figures)
    SELECT key, DATE '${day}', false, paths_id, ${evening} - INTERVAL '1 second', ${keptFigures('c')}
    FROM named, (
      -- OFFSET 0 keeps the text from being parsed again for each figure.
      SELECT key, statistics::jsonb AS "Statistics" FROM (${scanSql(day, true)}) AS scanned OFFSET 0
    ) AS c
    ON CONFLICT (cache_key, day) DO UPDATE SET estimated = false, paths_id = excluded.paths_id, as_of = excluded.as_of,
      figures = excluded.figures
    WHERE history.estimated`;
}
