/** Server-sent events as bytes (WHATWG HTML, section 9.2). */
import type { StaleReason } from '../../cache/sync-state.ts';

const encoder = new TextEncoder();

/** First bytes of every stream: how long a client waits before it connects again. */
export const OPENING = encoder.encode('retry: 2000\n\n');
/** A comment, so that no proxy closes a connection that is idle. */
export const PING = encoder.encode(': ping\n\n');
/** Last bytes of a stream that this service ends: the client connects again, to whichever node is there. */
export function closing(reason: string): Uint8Array {
  return encoder.encode(`event: close\ndata: ${JSON.stringify({ reason })}\n\n`);
}

/** How far what the stream sends can be trusted. */
export interface LiveState {
  /** `stale`: changes may be missing until the cause is gone. `behind`: they come later than usual. */
  state: 'live' | 'stale' | 'behind';
  /** ISO 8601 */
  since: string;
  /** As in Cache-Status; null while live. */
  reason: StaleReason | null;
}

/**
 * @param unconfirmed why the documents may not be the present, and since when in ms of the node's clock; undefined where they are
 * @param at the present by that clock
 */
export function liveState(
  unconfirmed: { reason: StaleReason; since?: number } | undefined,
  at: number,
): LiveState {
  const since = unconfirmed?.since;
  const age = since !== undefined && Number.isFinite(since) ? at - since : 0;
  return {
    state: unconfirmed === undefined ? 'live' : unconfirmed.reason === 'behind' ? 'behind' : 'stale',
    since: new Date(Date.now() - age).toISOString(),
    reason: unconfirmed?.reason ?? null,
  };
}

export function stateEvent(state: LiveState): Uint8Array {
  return encoder.encode(`event: state\ndata: ${JSON.stringify(state)}\n\n`);
}

/**
 * One refresh as one batch. Only its last event has the id: a client that is cut off between two of them asks for all
 * of them again.
 *
 * @param documents each as JSON in one line
 */
export function batch(documents: readonly string[], eventId: string): Uint8Array {
  const events = documents.map((text, i) => {
    const id = i === documents.length - 1 ? `id: ${eventId}\n` : '';
    return `event: stats\n${id}data: ${text}\n\n`;
  });
  return encoder.encode(events.join(''));
}

/** What a client has already, by the id of its last event; undefined where that is none of ours. */
export function parseEventId(id: string): { epoch: string; revision: number } | undefined {
  const match = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-(\d{1,10})$/.exec(id);
  return match?.[1] && match[2] ? { epoch: match[1], revision: Number(match[2]) } : undefined;
}
