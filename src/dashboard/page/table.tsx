/** A table of a page to read. It scrolls where it is wider than its place. */
import type { ComponentChildren } from 'preact';

interface TableProps {
  columns: readonly string[];
  /** The first cell of each names its row. */
  rows: readonly (readonly ComponentChildren[])[];
}

export function Table({ columns, rows }: TableProps) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th scope="col">{column}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, ...cells]) => (
            <tr>
              <th scope="row">{name}</th>
              {cells.map((cell) => (
                <td>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
