/**
 * One event stream of the service. It is read with fetch and not with EventSource, which tells neither why it failed nor that
 * pings come, and which cannot send a header `Authorization`.
 */
import { eventReader, type ServerEvent } from '../../client/event-text.ts';
import { ask } from './ask.ts';
import type { Times } from './times.ts';

interface StreamOptions {
  signal: AbortSignal;
  times: Pick<Times, 'state' | 'quiet' | 'watch'>;
  onEvent(event: ServerEvent): void;
  /** Pings too. */
  onHeard(): void;
}

/** @returns when it has ended, for whatever reason: whether it was live before */
export async function readStream(source: string, path: string, o: StreamOptions): Promise<boolean> {
  const { times } = o;
  const own = new AbortController();
  let live = false;
  let heardAt = Date.now();
  const watch = setInterval(() => {
    if (Date.now() - heardAt > (live ? times.quiet : times.state)) own.abort();
  }, times.watch);
  const read = eventReader((event) => {
    if (event.type === 'state') live = true;
    o.onEvent(event);
  });
  try {
    const signal = AbortSignal.any([o.signal, own.signal]);
    const answer = await ask(source, path, { signal, cache: 'no-store' });
    const isStream = answer.headers.get('Content-Type')?.startsWith('text/event-stream');
    const reader = isStream ? answer.body?.getReader() : undefined;
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true };
      if (done || !value) break;
      read(decoder.decode(value, { stream: true }));
      if (!live) continue;
      heardAt = Date.now();
      o.onHeard();
    }
  } catch {
    // The answer to the next request says why.
  } finally {
    clearInterval(watch);
    own.abort();
  }
  return live;
}
