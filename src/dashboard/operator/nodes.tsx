/** The processes that the database sees. */
import { useConsole } from './context.ts';
import { Section } from './section.tsx';
import type { ServiceStatus } from './service.ts';

export function Nodes({ status: { nodes, node, at } }: { status: ServiceStatus }) {
  const { words, relative } = useConsole();
  const { nodes: text } = words;
  const columns = [text.name, text.address, text.sessions, text.since, text.lastSeen];
  return (
    <Section name="nodes" heading={text.heading} note={text.note} columns={columns}>
      {nodes.length === 0 && (
        <tr>
          <td colSpan={columns.length}>{text.none}</td>
        </tr>
      )}
      {nodes.map(({ name, address, sessions, since, lastSeen }) => (
        <tr key={`${name} ${address}`}>
          <th scope="row">
            {name} {name === node && <span class="note">{text.thisOne}</span>}
          </th>
          <td data-title={text.address}>{address ?? '–'}</td>
          <td data-title={text.sessions}>{sessions}</td>
          <td data-title={text.since}>{relative(since, at)}</td>
          <td data-title={text.lastSeen}>{lastSeen ? relative(lastSeen, at) : '–'}</td>
        </tr>
      ))}
    </Section>
  );
}
