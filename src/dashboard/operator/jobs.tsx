/** The jobs: when they run, how they went, and a button for each. */
import type { Intent } from './confirm.tsx';
import { useConsole } from './context.ts';
import { Section } from './section.tsx';
import type { Job } from './service.ts';

const RUNS_SHOWN = 3;
/** A run that began so long after its time waited for the database, or for a node. */
const LATE_MS = 60_000;

interface JobsProps {
  jobs: readonly Job[];
  /** By the database's clock. */
  now: string;
  onIntent: (intent: Intent) => void;
}

export function Jobs({ jobs, now, onIntent }: JobsProps) {
  const { words, relative } = useConsole();
  const { jobs: text, confirm, actions } = words;
  const columns = [text.name, text.schedule, text.next, text.last, <span class="unseen">{text.run}</span>];
  const ask = (name: string) =>
    onIntent({
      title: `${actions['run-job']}: ${name}`,
      text: confirm.job(name),
      path: `/jobs/${encodeURIComponent(name)}/run`,
      body: {},
    });
  return (
    <Section name="jobs" heading={text.heading} columns={columns}>
      {jobs.map(({ name, description, schedule, nextRun, lastRuns }) => (
        <tr key={name}>
          <th scope="row" title={description}>
            {name}
          </th>
          <td data-title={text.schedule}>
            {schedule === 'off' ? <span class="note">{text.off}</span> : <code>{schedule}</code>}
          </td>
          <td data-title={text.next}>{nextRun ? relative(nextRun, now) : '–'}</td>
          <td class="whole">
            {lastRuns.length === 0 && <span class="note">{text.never}</span>}
            <ul class="runs">
              {lastRuns.slice(0, RUNS_SHOWN).map((run) => (
                <Run key={run.startedAt} run={run} now={now} />
              ))}
            </ul>
          </td>
          <td class="end">
            <button type="button" aria-label={text.runLabel(name)} onClick={() => ask(name)}>
              {text.run}
            </button>
          </td>
        </tr>
      ))}
    </Section>
  );
}

function Run({
  run: { scheduledAt, startedAt, outcome, durationMs, detail },
  now,
}: {
  run: Job['lastRuns'][number];
  now: string;
}) {
  const { words, format, relative } = useConsole();
  const isLate = Date.parse(startedAt) - Date.parse(scheduledAt) >= LATE_MS;
  return (
    <li>
      <span class={outcome === 'failed' ? 'bad' : outcome ? 'good' : ''}>
        {outcome ? words.outcome[outcome] : words.jobs.running}
      </span>{' '}
      {relative(startedAt, now)}
      {isLate && ` (${words.jobs.due(relative(scheduledAt, now))})`}
      {durationMs !== null && ` · ${words.ms(format.number(durationMs))}`}
      {detail && (
        <span class="note" lang="en">
          {' '}
          {detail}
        </span>
      )}
    </li>
  );
}
