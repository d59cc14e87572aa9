/** Everything that the token opens; it looks again every few seconds while somebody can see it. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { Confirm, type Intent } from './confirm.tsx';
import { useConsole } from './context.ts';
import { Documents } from './documents.tsx';
import { Facts } from './facts.tsx';
import { Jobs } from './jobs.tsx';
import { Nodes } from './nodes.tsx';
import { reasonOf } from './refused.ts';
import type { Action, Overview, RefusedError, Service } from './service.ts';
import { Trail } from './trail.tsx';

const LOOK_EVERY_MS = 3_000;

interface PanelProps {
  service: Service;
  first: Overview;
  onLeave: (why?: string) => void;
}

export function Panel({ service, first, onLeave }: PanelProps) {
  const { words, format } = useConsole();
  const [shown, setShown] = useState(first);
  const [trail, setTrail] = useState(first.actions);
  const [fault, setFault] = useState('');
  const [intent, setIntent] = useState<Intent>();
  const [said, setSaid] = useState('');
  const looking = useRef(false);

  const failed = (error: unknown) => {
    const why = reasonOf(error as RefusedError, words);
    if ([401, 403].includes((error as RefusedError).status)) onLeave(why);
    else setFault(why);
  };
  const look = async () => {
    // A slow answer is waited for: two would come in any order.
    if (looking.current) return;
    looking.current = true;
    try {
      const now = await service.look();
      setShown(now);
      setTrail((before) => ({ items: merged(before.items, now.actions.items), next: before.next }));
      setFault('');
    } catch (error) {
      failed(error);
    } finally {
      looking.current = false;
    }
  };
  const older = async () => {
    try {
      const { items, next } = await service.actions(trail.next ?? undefined);
      setTrail((before) => ({ items: merged(before.items, items), next }));
    } catch (error) {
      failed(error);
    }
  };
  useEffect(() => {
    const timer = setInterval(() => document.hidden || void look(), LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [service]);

  const { status, jobs } = shown;
  return (
    <>
      <div class="row spread">
        <p role="status" class="said">
          {said}
        </p>
        <button type="button" onClick={() => onLeave()}>
          {words.login.leave}
        </button>
      </div>
      {fault && (
        <p class="notice" role="alert">
          {fault} {words.old(format.time(status.at))}
        </p>
      )}
      <Facts status={status} />
      <Documents status={status} onIntent={setIntent} />
      <Jobs jobs={jobs} now={status.at} onIntent={setIntent} />
      <Nodes status={status} />
      <Trail {...trail} onOlder={older} />
      {intent && (
        <Confirm
          intent={intent}
          service={service}
          onClose={(result) => {
            setIntent(undefined);
            if (result === undefined) return;
            setSaid(words.done(intent.title, result));
            void look();
          }}
        />
      )}
    </>
  );
}

/** Each once, newest first. */
function merged(some: readonly Action[], others: readonly Action[]): Action[] {
  const byId = new Map([...some, ...others].map((action) => [action.id, action]));
  return [...byId.values()].sort((a, b) => b.id - a.id);
}
