/** The order of the rows of a table. */
import type { Lang } from '../text/text.ts';

export interface Order {
  column: string;
  descending: boolean;
}

interface Sorted<Row> {
  name: string;
  value(row: Row): string | number | null;
}

/** Names in the order of the language; what has no value stands at the end, and after it the rows that are always last. */
export function orderedBy<Row extends { isLast: boolean }>(
  rows: readonly Row[],
  columns: readonly Sorted<Row>[],
  { column, descending }: Order,
  lang: Lang,
): Row[] {
  const sorting = columns.find(({ name }) => name === column) ?? columns[0];
  if (!sorting) return [...rows];
  const { compare } = new Intl.Collator(lang, { numeric: true });
  const direction = descending ? -1 : 1;
  const byValue = (a: string | number | null, b: string | number | null) => {
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    if (typeof a === 'number' && typeof b === 'number') return direction * (a - b);
    return direction * compare(String(a), String(b));
  };
  return rows.toSorted(
    (a, b) => Number(a.isLast) - Number(b.isLast) || byValue(sorting.value(a), sorting.value(b)),
  );
}
