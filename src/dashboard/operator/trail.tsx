/** Who did what, newest first. */
import { useConsole } from './context.ts';
import { Section } from './section.tsx';
import type { Action } from './service.ts';
import type { Words } from './words/words.ts';

interface TrailProps {
  items: readonly Action[];
  next: number | null;
  onOlder: () => void;
}

export function Trail({ items, next, onOlder }: TrailProps) {
  const { words, format } = useConsole();
  const { trail: text } = words;
  const columns = [text.at, text.who, text.action, text.reason, text.result];
  const older = next !== null && (
    <button type="button" onClick={onOlder}>
      {text.more}
    </button>
  );
  return (
    <Section name="trail" heading={text.heading} note={text.note} actions={older} columns={columns}>
      {items.length === 0 && (
        <tr>
          <td colSpan={columns.length}>{text.none}</td>
        </tr>
      )}
      {items.map((action) => (
        <tr key={action.id}>
          <td class="whole">{format.dateTime(action.at)}</td>
          <th scope="row">
            {action.who} <span class="note">{action.address}</span>
          </th>
          <td class="whole">
            {words.actions[action.action]}: {targetOf(action, words)}
          </td>
          <td data-title={text.reason}>{action.reason ?? '–'}</td>
          <td data-title={text.result}>
            <span class={action.outcome === 'failed' ? 'bad' : action.outcome ? 'good' : ''}>
              {action.outcome ? words.outcome[action.outcome] : text.underWay}
            </span>
            {action.revision !== null && ` · ${text.revision(action.revision)}`}
            {action.detail && (
              <span class="note" lang="en">
                {' '}
                {action.detail}
              </span>
            )}
          </td>
        </tr>
      ))}
    </Section>
  );
}

function targetOf({ target: { job, keys, projectIds, full } }: Action, { actions }: Words): string {
  if (job) return job;
  if (keys) return keys.join(', ');
  if (projectIds) return actions.projects(projectIds.length);
  return full ? actions.full : actions.everything;
}
