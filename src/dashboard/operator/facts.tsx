/** How the service is, at a glance. */
import type { ComponentChildren } from 'preact';
import { useConsole } from './context.ts';
import type { ServiceStatus } from './service.ts';

export function Facts({ status }: { status: ServiceStatus }) {
  const { words, format } = useConsole();
  const { facts } = words;
  const { health, queued, lastLagMs, behindMs } = status;
  const faults = Object.values(health.checks).filter((check) => check.status !== 'ok');
  return (
    <>
      <dl class="facts">
        <Fact title={facts.health} class={health.status === 'ready' ? 'good' : 'bad'}>
          {words.health[health.status]}
        </Fact>
        <Fact title={facts.revision}>{status.revision}</Fact>
        <Fact
          title={facts.lag}
          note={behindMs === null ? '' : facts.behind(words.ms(format.number(behindMs)))}
        >
          {lastLagMs === null ? '–' : words.ms(format.number(lastLagMs))}
        </Fact>
        <Fact title={facts.marks}>{format.number(status.marks)}</Fact>
        <Fact title={facts.queued} note={facts.queuedNote(format.number(queued.events))}>
          {format.number(queued.notifications)}
        </Fact>
        <Fact title={facts.nodes}>{status.nodes.length}</Fact>
      </dl>
      {faults.length > 0 && (
        <ul class="notice" lang="en">
          {faults.map(({ detail }) => (
            <li key={detail}>{detail}</li>
          ))}
        </ul>
      )}
    </>
  );
}

interface FactProps {
  title: string;
  note?: string;
  class?: string;
  children: ComponentChildren;
}

function Fact({ title, note, class: kind, children }: FactProps) {
  return (
    <div class="card">
      <dt>{title}</dt>
      <dd class={kind}>{children}</dd>
      <dd class="note">{note}</dd>
    </div>
  );
}
