import type { Db } from '../../db/connection.ts';

/** The tables that figures come from. Each has both triggers. */
export const TABLES = [
  'Projects',
  'ProjectActivityFeed',
  'ProjectStatusHistory',
  'ProjectRegions',
  'WaterFacilityTypes',
];
export const TRIGGERS = ['dashboard_stats_mark', 'dashboard_stats_truncate'];

/** Triggers that partitions have from their table, and that somebody disabled on one of them. */
const OFF_ON_PARTITIONS = `pg_trigger JOIN pg_class ON pg_class.oid = tgrelid AND relispartition
  WHERE tgname = '${TRIGGERS[0]}' AND tgenabled <> 'A'`;

export interface TriggerState {
  /** false after `migrate --no-triggers`. */
  wanted: boolean;
  /** `Table.trigger` of those that somebody dropped or disabled. */
  missing: string[];
}

/** Whether changes of the application's tables still leave marks. Where the state has lost its row, they are wanted. */
export async function triggerState(sql: Db): Promise<TriggerState> {
  const [state] = await sql<[TriggerState]>`
    SELECT coalesce((SELECT wants_triggers FROM dashboard_stats.state), true) AS wanted,
      to_json(ARRAY(
        SELECT table_name || '.' || trigger_name
        FROM unnest(${TABLES}::text[]) AS tables (table_name)
        CROSS JOIN unnest(${TRIGGERS}::text[]) AS triggers (trigger_name)
        WHERE NOT EXISTS (
          SELECT FROM pg_trigger t
          WHERE t.tgrelid = to_regclass(quote_ident(table_name)) AND t.tgname = trigger_name AND t.tgenabled = 'A')
        UNION ALL SELECT tgrelid::regclass || '.' || tgname FROM ${sql.unsafe(OFF_ON_PARTITIONS)}
      )) AS missing`;
  return state;
}

/** An SQL condition: every trigger is there and enabled, on partitions too. */
export const TRIGGERS_ARE_THERE = `(
  SELECT count(*) = ${TABLES.length * TRIGGERS.length} FROM pg_trigger
  WHERE tgrelid IN (${TABLES.map((table) => `to_regclass('"${table}"')`).join(', ')})
    AND tgname IN (${TRIGGERS.map((trigger) => `'${trigger}'`).join(', ')}) AND tgenabled = 'A')
  AND NOT EXISTS (SELECT FROM ${OFF_ON_PARTITIONS})`;
