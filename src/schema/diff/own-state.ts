import type { Db } from '../../db/connection.ts';
import { OWN_SCHEMA } from '../expected.ts';
import { readRows } from '../schema-shape.ts';
import { identifier, literal } from '../statement.ts';
import { type Fault, failed, type Pair } from './fault.ts';

/** Marks are gone with their table, and nobody knows what they named. */
const MARK_EVERYTHING = `INSERT INTO ${OWN_SCHEMA}.marks (project_id) VALUES (NULL);`;

/**
 * Our tables whose rows live for milliseconds: how they replicate and are vacuumed. A table that is missing counts too,
 * because the statement that creates it again, from its columns, gives it neither.
 */
export function compareQueue({ name, sql, wanted, found }: Pair): Fault[] {
  const faults: Fault[] = [];
  const place = (what: string) =>
    ({ name: `${what} of ${OWN_SCHEMA}.${name}`, area: 'own state', table: name }) as const;
  if (wanted.replicatesWholeRows && !found?.replicatesWholeRows) {
    const detail = 'It is not FULL: a publication FOR ALL TABLES would make every refresh fail.';
    const statements = [`ALTER TABLE ${sql} REPLICA IDENTITY FULL;`];
    if (!found && /marks$/.test(name)) statements.push(MARK_EVERYTHING);
    faults.push(failed(place('replica identity'), 'leaves', detail, ...statements));
  }
  // Whether another value fits is for whoever chose it to say.
  const missing = Object.entries(wanted.options).filter(([option]) => !(option in (found?.options ?? {})));
  if (missing.length > 0) {
    const names = missing.map(([option]) => option).join(', ');
    const detail = `It lacks ${names}: dead rows pile up, and every refresh reads them.`;
    const options = missing.map(([option, value]) => `${option} = ${value}`).join(', ');
    const statement = `ALTER TABLE ${sql} SET (${options});`;
    faults.push({ ...failed(place('autovacuum'), 'leaves', detail, statement), status: 'warning' });
  }
  return faults;
}

/** Our tables that must have one row. `schema` is the application's. */
export async function compareOwnRows(db: Db, schema: string): Promise<Fault[]> {
  const state = `INSERT INTO ${OWN_SCHEMA}.state (revision, application_schema)
SELECT coalesce(max("Version"), 0), ${literal(schema)} FROM ${identifier(schema, 'DashboardStatsCache')}
WHERE "CacheType" IN ('global', 'regional', 'facility');
${MARK_EVERYTHING}`;
  const outbox = `INSERT INTO ${OWN_SCHEMA}.outbox DEFAULT VALUES;`;
  const rows = [
    ['state', 'It is missing: nothing can be computed or invalidated.', state],
    ['outbox', 'It is missing: nothing is written for the hub or into the log of events.', outbox],
  ] as const;
  const faults: Fault[] = [];
  for (const [table, detail, statement] of rows) {
    if ((await readRows(db, OWN_SCHEMA, table)).length > 0) continue;
    const place = { name: `row of ${OWN_SCHEMA}.${table}`, area: 'own state', table } as const;
    faults.push(failed(place, 'leaves', detail, statement));
  }
  return faults;
}
