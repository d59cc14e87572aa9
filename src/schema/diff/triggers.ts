import { identifier } from '../statement.ts';
import { type Fault, failed, type Pair } from './fault.ts';

/** One fault for each trigger that is missing, is another one, or is not enabled in every session. */
export function compareTriggers({ name: table, sql, wanted, found }: Pair): Fault[] {
  return Object.entries(wanted.triggers).flatMap(([name, { definition }]): Fault[] => {
    const place = { name: `trigger ${table}.${name}`, area: 'triggers', table } as const;
    const create = `${definition.replace('@', sql)};`;
    const enable = `ALTER TABLE ${sql} ENABLE ALWAYS TRIGGER ${identifier(name)};`;
    const present = found?.triggers[name];
    if (!present) {
      return [failed(place, 'repairs', 'It is missing: changes of the table leave no mark.', create, enable)];
    }
    if (present.definition !== definition) {
      const drop = `DROP TRIGGER ${identifier(name)} ON ${sql};`;
      const detail = `It is another one: ${present.definition.replace('@', sql)}.`;
      return [failed(place, 'refuses', detail, drop, create, enable)];
    }
    if (present.always) return [];
    return [failed(place, 'leaves', 'It is disabled, or not enabled in every session (ALWAYS).', enable)];
  });
}

/** `wanted` and `found`: trigger functions by name, as they are created. */
export function compareFunctions(
  schema: string,
  wanted: Readonly<Record<string, string>>,
  found: Readonly<Record<string, string>>,
): Fault[] {
  return Object.entries(wanted)
    .filter(([name, definition]) => found[name] !== definition)
    .map(([name, definition]) =>
      failed(
        { name: `function ${schema}.${name}`, area: 'triggers', table: '' },
        'repairs',
        found[name] ? 'It is another one than the migration creates.' : 'It is missing.',
        `${definition.trimEnd()};`,
        `REVOKE EXECUTE ON FUNCTION ${schema}.${name}() FROM PUBLIC;`,
      ),
    );
}
