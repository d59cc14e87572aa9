/** A table that people sort by any of its columns. It begins with some rows, and shows the rest when asked to. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Lang } from '../text/text.ts';
import { type Order, orderedBy } from './order.ts';

export interface Column<Row> {
  /** A class of its cells too (styles/table.css). */
  name: string;
  title: string;
  numeric: boolean;
  /** What rows are sorted by. */
  value(row: Row): string | number | null;
  cell(row: Row): ComponentChildren;
}

export interface TableRow {
  name: string;
  /** It comes after all others, however they are sorted. */
  isLast: boolean;
}

interface Props<Row> {
  /** The first one names its row. */
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  /** The order at the beginning. */
  order: Order;
  /** So many rows at the beginning. */
  limit: number;
  lang: Lang;
  /** The name of a row that is marked. */
  marked?: string | undefined;
  /** What the button says that shows all rows. */
  showAll: string;
}

export function SortableTable<Row extends TableRow>({
  columns,
  rows,
  limit,
  lang,
  showAll,
  marked,
  ...props
}: Props<Row>) {
  const [order, setOrder] = useState(props.order);
  const [all, setAll] = useState(false);
  const sorted = orderedBy(rows, columns, order, lang);
  const sortBy = ({ name, numeric }: Column<Row>) =>
    setOrder({ column: name, descending: name === order.column ? !order.descending : numeric });
  return (
    <>
      <table class="sortable">
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.name}
                scope="col"
                class={classOf(column)}
                aria-sort={
                  column.name !== order.column ? undefined : order.descending ? 'descending' : 'ascending'
                }
              >
                <button type="button" onClick={() => sortBy(column)}>
                  {column.title}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.slice(0, all ? undefined : limit).map((row) => (
            <tr key={row.name} class={row.name === marked ? 'marked' : undefined}>
              {columns.map((column, i) =>
                i === 0 ? (
                  <th scope="row" class={classOf(column)}>
                    {column.cell(row)}
                  </th>
                ) : (
                  <td class={classOf(column)}>{column.cell(row)}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {!all && rows.length > limit && (
        <button type="button" class="more" onClick={() => setAll(true)}>
          {showAll}
        </button>
      )}
    </>
  );
}

function classOf({ name, numeric }: { name: string; numeric: boolean }): string {
  return numeric ? `${name} numeric` : name;
}
