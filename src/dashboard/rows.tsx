/** What a widget shows, as a table, as CSV (RFC 4180) and as JSON. */
import { scopeTitle, type View } from './view.ts';
import type { Rows, Shown } from './widget.ts';

export function RowsTable({ rows: { columns, rows }, view }: { rows: Rows; view: View }) {
  return (
    <table>
      <thead>
        <tr>
          {columns.map(({ title, numeric }) => (
            <th scope="col" class={numeric ? 'numeric' : ''}>
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr>
            {row.map((value, i) =>
              i === 0 ? (
                <th scope="row">{value}</th>
              ) : (
                <td class={columns[i]?.numeric ? 'numeric' : ''}>
                  {typeof value === 'number' ? view.format.number(value, 2) : (value ?? '–')}
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Spreadsheets take a cell that begins with one of these for a formula. */
const FORMULA = /^[=+\-@\t\r]/;

export function toCsv({ columns, rows }: Rows): string {
  const cell = (value: string | number | null) => {
    const text = typeof value === 'string' && FORMULA.test(value) ? `'${value}` : String(value ?? '');
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns.map(({ title }) => title), ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

export function toJson({ columns, rows }: Rows): string {
  const objects = rows.map((row) =>
    Object.fromEntries(columns.map(({ title }, i) => [title, row[i] ?? null])),
  );
  return `${JSON.stringify(objects, null, 2)}\n`;
}

/** Says what, of which scope and of which day, in a name that every system takes; without the ending. */
export function fileName({ view, attributes }: Shown<string>, title: string): string {
  const scope = attributes['scope'] ?? 'global';
  const at = view.status.confirmedAt ?? view.documents[scope]?.asOf;
  const parts = [title, scopeTitle(view, scope), at && view.format.isoDay(at)];
  return parts
    .filter(Boolean)
    .join(', ')
    .replace(/[\\/:*?"<>|]/g, '-');
}

/** Lets the browser save it as a file. The mark at the beginning tells spreadsheets that it is UTF-8. */
export function save(name: string, rows: Rows, format: 'csv' | 'json'): void {
  const text = format === 'csv' ? `\uFEFF${toCsv(rows)}` : toJson(rows);
  const address = URL.createObjectURL(
    new Blob([text], { type: format === 'csv' ? 'text/csv' : 'application/json' }),
  );
  const link = document.createElement('a');
  link.href = address;
  link.download = `${name}.${format}`;
  link.click();
  // Safari reads it after the click.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
