import { OWN_SCHEMA } from '../expected.ts';
import type { Fault, Pair } from './fault.ts';

/**
 * Our tables whose rows live for milliseconds: how they replicate and are vacuumed. A table that is missing counts too,
 * because the statement that creates it again, from its columns, gives it neither.
 */
export function compareQueue({ name, sql, wanted, found }: Pair): Fault[] {
  const faults: Fault[] = [];
  const fault = { area: 'own state', table: name, migrate: 'leaves' } as const;
  if (wanted.replicatesWholeRows && !found?.replicatesWholeRows) {
    // Marks are gone with their table.
    const markAll = !found && /marks$/.test(name) ? [MARK_EVERYTHING] : [];
    faults.push({
      ...fault,
      name: `replica identity of ${OWN_SCHEMA}.${name}`,
      status: 'failed',
      detail: 'It is not FULL: a publication FOR ALL TABLES would make every refresh fail.',
      sql: [`ALTER TABLE ${sql} REPLICA IDENTITY FULL;`, ...markAll].join('\n'),
    });
  }
  // Whether another value fits is for whoever chose it to say.
  const missing = Object.entries(wanted.options).filter(([option]) => !(option in (found?.options ?? {})));
  if (missing.length > 0) {
    faults.push({
      ...fault,
      name: `autovacuum of ${OWN_SCHEMA}.${name}`,
      status: 'warning',
      detail: `It lacks ${missing.map(([option]) => option).join(', ')}: dead rows pile up, and every refresh reads them.`,
      sql: `ALTER TABLE ${sql} SET (${missing.map(([option, value]) => `${option} = ${value}`).join(', ')});`,
    });
  }
  return faults;
}

export const MARK_EVERYTHING = `INSERT INTO ${OWN_SCHEMA}.marks (project_id) VALUES (NULL);`;
