/** Says what an action does, asks why, and does it. The browser keeps the focus inside and closes it by Escape. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { useConsole } from './context.ts';
import { reasonOf } from './refused.ts';
import type { RefusedError, Service } from './service.ts';
import type { Words } from './words/words.ts';

/** What somebody wants to do. */
export interface Intent {
  title: string;
  text: string;
  path: string;
  body: object;
}

const MAX_REASON = 500;

interface ConfirmProps {
  intent: Intent;
  service: Service;
  /** With what came of it, in words; without where it was not done. */
  onClose: (result?: string) => void;
}

export function Confirm({ intent: { title, text, path, body }, service, onClose }: ConfirmProps) {
  const { words } = useConsole();
  const { confirm } = words;
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState('');
  const [working, setWorking] = useState(false);
  const [error, setError] = useState('');
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    dialog.current?.showModal();
    return () => before?.focus();
  }, []);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (working) return;
    setWorking(true);
    setError('');
    try {
      const why = reason.trim();
      onClose(resultOf(await service.post(path, { ...body, ...(why && { reason: why }) }), words));
    } catch (refused) {
      setError(reasonOf(refused as RefusedError, words));
      setWorking(false);
    }
  };
  return (
    <dialog ref={dialog} class="card confirm" aria-labelledby="confirm-title" onClose={() => onClose()}>
      <form onSubmit={submit}>
        <h2 id="confirm-title">{title}</h2>
        <p>{text}</p>
        <label for="reason">{confirm.reason}</label>
        <textarea
          id="reason"
          rows={2}
          maxlength={MAX_REASON}
          aria-describedby="reason-help"
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
        <p id="reason-help" class="note">
          {confirm.reasonHelp}
        </p>
        <p class="bad" role="alert">
          {error}
        </p>
        <div class="row end">
          <button type="button" onClick={() => dialog.current?.close()}>
            {confirm.cancel}
          </button>
          <button type="submit" class="primary" disabled={working}>
            {working ? confirm.working : title}
          </button>
        </div>
      </form>
    </dialog>
  );
}

function resultOf({ outcome, detail, revision }: Record<string, unknown>, words: Words): string {
  if (typeof revision === 'number') return words.trail.revision(revision);
  const ended = words.outcome[outcome as keyof Words['outcome']];
  return `${ended}. ${detail}`;
}
