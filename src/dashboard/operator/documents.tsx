/** The documents, and what can be done to them. */
import { useState } from 'preact/hooks';
import type { Intent } from './confirm.tsx';
import { useConsole } from './context.ts';
import { Section } from './section.tsx';
import type { ServiceStatus } from './service.ts';

/** The service takes no more keys at once. */
const MOST_KEYS = 100;

interface DocumentsProps {
  status: ServiceStatus;
  onIntent: (intent: Intent) => void;
}

export function Documents({ status: { documents, at }, onIntent }: DocumentsProps) {
  const { words, format, relative } = useConsole();
  const { documents: text, actions, confirm } = words;
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const keys = documents.map(({ key }) => key).filter((key) => chosen.has(key));
  const choose = (some: readonly string[], on: boolean) => {
    const others = [...chosen].filter((key) => !some.includes(key));
    setChosen(new Set(on ? [...others, ...some] : others));
  };
  const every = keys.length === 0 || keys.length === documents.length;
  const invalidate = () => {
    const what = every ? actions.everything : confirm.documents(format.number(keys.length));
    onIntent({
      title: `${actions.invalidate}: ${what}`,
      text: confirm.invalidate(` ${what} `).replace(/ +/g, ' '),
      path: '/stats/invalidate',
      body: every ? { all: true } : { keys },
    });
  };
  const recompute = (full: boolean) =>
    onIntent({
      title: full ? actions.full : actions.recompute,
      text: full ? confirm.full : confirm.recompute,
      path: '/stats/recompute',
      body: full ? { full } : {},
    });
  const buttons = (
    <div class="row">
      {keys.length > 0 && <span class="note">{text.chosen(format.number(keys.length))}</span>}
      <button type="button" onClick={invalidate} disabled={!every && keys.length > MOST_KEYS}>
        {actions.invalidate}
        {every && `: ${actions.everything}`}
      </button>
      <button type="button" onClick={() => recompute(false)}>
        {actions.recompute}
      </button>
      <button type="button" onClick={() => recompute(true)}>
        {actions.full}
      </button>
    </div>
  );
  const columns = [
    <input
      type="checkbox"
      aria-label={text.all}
      checked={keys.length > 0 && keys.length === documents.length}
      onChange={({ currentTarget }) =>
        choose(
          documents.map(({ key }) => key),
          currentTarget.checked,
        )
      }
    />,
    text.key,
    text.version,
    text.changed,
    text.checked,
    text.expires,
  ];
  return (
    <Section name="documents" heading={text.heading} actions={buttons} columns={columns}>
      {documents.map(({ key, displayName, version, valid, asOf, checkedAt, expiresAt }) => (
        <tr key={key}>
          <td>
            <input
              type="checkbox"
              aria-label={text.select(key)}
              checked={chosen.has(key)}
              onChange={({ currentTarget }) => choose([key], currentTarget.checked)}
            />
          </td>
          <th scope="row">
            {key} <span class="note">{displayName}</span>
          </th>
          <td data-title={text.version}>{version}</td>
          <td data-title={text.changed}>{relative(asOf, at)}</td>
          <td data-title={text.checked}>{relative(checkedAt, at)}</td>
          <td data-title={text.expires} class={valid && expiresAt > at ? '' : 'bad'}>
            {!valid ? text.invalid : expiresAt > at ? relative(expiresAt, at) : text.expired}
          </td>
        </tr>
      ))}
    </Section>
  );
}
