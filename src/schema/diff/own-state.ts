import type { Db } from '../../db/connection.ts';
import { OWN_SCHEMA } from '../expected.ts';
import { readRows } from '../schema-shape.ts';
import { identifier } from '../statement.ts';
import { type Fault, failed, type Pair } from './fault.ts';

/**
 * Our tables whose rows live for milliseconds: how they replicate and are vacuumed. A table that is missing counts too,
 * because the statement that creates it again, from its columns, gives it neither.
 */
export function compareQueue({ name, sql, wanted, found }: Pair): Fault[] {
  const faults: Fault[] = [];
  const place = { area: 'own state', table: name } as const;
  if (wanted.replicatesWholeRows && !found?.replicatesWholeRows) {
    faults.push(
      failed(
        { ...place, name: `replica identity of ${OWN_SCHEMA}.${name}` },
        'leaves',
        'It is not FULL: a publication FOR ALL TABLES would make every refresh fail.',
        `ALTER TABLE ${sql} REPLICA IDENTITY FULL;`,
        // Marks are gone with their table.
        ...(!found && /marks$/.test(name) ? [MARK_EVERYTHING] : []),
      ),
    );
  }
  // Whether another value fits is for whoever chose it to say.
  const missing = Object.entries(wanted.options).filter(([option]) => !(option in (found?.options ?? {})));
  if (missing.length > 0) {
    faults.push({
      ...place,
      migrate: 'leaves',
      name: `autovacuum of ${OWN_SCHEMA}.${name}`,
      status: 'warning',
      detail: `It lacks ${missing.map(([option]) => option).join(', ')}: dead rows pile up, and every refresh reads them.`,
      sql: `ALTER TABLE ${sql} SET (${missing.map(([option, value]) => `${option} = ${value}`).join(', ')});`,
    });
  }
  return faults;
}

const MARK_EVERYTHING = `INSERT INTO ${OWN_SCHEMA}.marks (project_id) VALUES (NULL);`;

/** Our tables that must have one row. `schema` is the application's. */
export async function compareOwnRows(db: Db, schema: string): Promise<Fault[]> {
  const fault = async (table: string, detail: string, sql: string): Promise<Fault[]> => {
    const place = { name: `row of ${OWN_SCHEMA}.${table}`, area: 'own state', table } as const;
    return (await readRows(db, OWN_SCHEMA, table)).length > 0 ? [] : [failed(place, 'leaves', detail, sql)];
  };
  return [
    ...(await fault(
      'state',
      'It is missing: nothing can be computed or invalidated.',
      `INSERT INTO ${OWN_SCHEMA}.state (revision)
SELECT coalesce(max("Version"), 0) FROM ${identifier(schema, 'DashboardStatsCache')}
WHERE "CacheType" IN ('global', 'regional', 'facility');
${MARK_EVERYTHING}`,
    )),
    ...(await fault(
      'outbox',
      'It is missing: nothing is written for the hub or into the log of events.',
      `INSERT INTO ${OWN_SCHEMA}.outbox DEFAULT VALUES;`,
    )),
  ];
}
