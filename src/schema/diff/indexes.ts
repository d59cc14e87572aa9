import type { Index } from '../schema-shape.ts';
import { identifier } from '../statement.ts';
import { type Fault, failed } from './fault.ts';

/**
 * One fault for each index that is missing, broken, or whose name stands for another one. An index of the same
 * definition under another name does as well, while the name is free.
 */
export function compareIndexes(schema: string, wanted: readonly Index[], found: readonly Index[]): Fault[] {
  return wanted.flatMap((one): Fault[] => {
    const { table, name, definition } = one;
    const own = identifier(schema, name);
    const place = { name: `index ${name}`, area: 'indexes', table } as const;
    // Without those of the cache the service cannot write.
    const migrate = table === 'DashboardStatsCache' ? 'refuses' : 'leaves';
    const blocked = (detail: string, clear: string): Fault[] => [
      { ...failed(place, migrate, detail, clear, create(schema, one)), sqlBefore: clear },
    ];
    const same = found.find((other) => other.name === name);
    if (same && !isSame(same, one)) {
      const detail = `The name is taken by another index: of ${same.table}, ${same.definition}.`;
      // Whoever made it may need it.
      return blocked(detail, `ALTER INDEX ${own} RENAME TO ${identifier(`${name}_other`)};`);
    }
    const index = same ?? found.find((other) => other.valid && isSame(other, one));
    if (!index) {
      return [failed(place, 'repairs', `It is missing on ${table}: ${definition}.`, create(schema, one))];
    }
    return index.valid ? [] : blocked('It is not valid: building it was interrupted.', `DROP INDEX ${own};`);
  });
}

function isSame(one: Index, other: Index): boolean {
  return one.table === other.table && canonical(one.definition) === canonical(other.definition);
}

/** Without what depends on the type of a column and on the version of the server: casts and parentheses. */
function canonical(definition: string): string {
  return definition.replace(/::[a-z]+( varying)?(\[\])?/g, '').replace(/[()]/g, '');
}

function create(schema: string, { table, name, definition }: Index): string {
  const [, unique = '', what] = /^(UNIQUE )?(.*)$/.exec(definition) ?? [];
  return `CREATE ${unique}INDEX ${identifier(name)} ON ${identifier(schema, table)} ${what};`;
}
