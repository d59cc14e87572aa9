/**
 * Our tables whose rows live for milliseconds: how they replicate and are vacuumed. A table that is missing counts too,
 * since the statement that makes it anew, of its columns, gives it neither.
 */
import type { Db } from '../../db/connection.ts';
import type { Check } from '../check.ts';
import { OWN_SCHEMA } from '../expected/own-schema.ts';

/** As sql/009 and sql/011 set them; whether the values fit is for whoever changed them to say. */
const VACUUMED: Readonly<Record<string, string>> = {
  autovacuum_vacuum_scale_factor: '0',
  autovacuum_vacuum_threshold: '1000',
  autovacuum_vacuum_insert_scale_factor: '0',
  autovacuum_vacuum_cost_delay: '0',
};

/** By table: what it is vacuumed by, and whether its rows tell which projects have to be computed. */
const QUEUES: Readonly<Record<string, { vacuumed: boolean; marks: boolean }>> = {
  late_marks: { vacuumed: false, marks: true },
  marks: { vacuumed: true, marks: true },
  queued_events: { vacuumed: true, marks: false },
  queued_notifications: { vacuumed: true, marks: false },
};

interface Queue {
  name: string;
  full: boolean;
  options: string[];
}

/** One check for each that does not replicate whole rows, and each that lacks a setting of autovacuum. */
export async function checkQueues(db: Db): Promise<Check[]> {
  const found = await db<Queue[]>`
    SELECT relname AS name, relreplident = 'f' AS full,
      ARRAY(SELECT option_name FROM pg_options_to_table(reloptions)) AS options
    FROM pg_class WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = ${OWN_SCHEMA}) AND relkind = 'r'`;
  return Object.entries(QUEUES).flatMap(([name, { vacuumed, marks }]) => {
    const one = found.find((queue) => queue.name === name);
    const table = `${OWN_SCHEMA}.${name}`;
    const checks: Check[] = [];
    if (!one?.full) {
      const everything = `INSERT INTO ${OWN_SCHEMA}.marks (project_id) VALUES (NULL);`;
      checks.push({
        name: `replica identity of ${table}`,
        status: 'failed',
        detail: 'It is not FULL: a publication FOR ALL TABLES would make every refresh fail.',
        // The marks went with the table: everything is computed anew.
        sql: [`ALTER TABLE ${table} REPLICA IDENTITY FULL;`, ...(marks && !one ? [everything] : [])].join(
          '\n',
        ),
      });
    }
    const missing = Object.keys(VACUUMED).filter((option) => !one?.options.includes(option));
    if (vacuumed && missing.length > 0) {
      const set = missing.map((option) => `${option} = ${VACUUMED[option]}`).join(', ');
      checks.push({
        name: `autovacuum of ${table}`,
        status: 'warning',
        detail: `It lacks ${missing.join(', ')}: dead rows pile up, and every refresh reads them.`,
        sql: `ALTER TABLE ${table} SET (${set});`,
      });
    }
    return checks;
  });
}
