/** A card with a heading and a table that scrolls inside of it. */
import type { ComponentChildren } from 'preact';

interface SectionProps {
  name: string;
  heading: string;
  note?: string;
  /** Beside the heading. */
  actions?: ComponentChildren;
  columns: readonly ComponentChildren[];
  children: ComponentChildren;
}

export function Section({ name, heading, note, actions, columns, children }: SectionProps) {
  const id = `${name}-heading`;
  return (
    <div class={`card ${name}`}>
      <header class="row spread">
        <h2 id={id}>{heading}</h2>
        {note && <p class="note">{note}</p>}
        {actions}
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard. */}
      <section class="scroll" aria-labelledby={id} tabIndex={0}>
        <table>
          <thead>
            <tr>
              {columns.map((column, i) => (
                <th scope="col" key={i}>
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>{children}</tbody>
        </table>
      </section>
    </div>
  );
}
