/** What the client takes and gives beside the answers themselves. */
import type { Field, Selected } from './answers.ts';

export interface ReadOptions {
  /** Waits up to 2 s for a node that lags behind; a revision is what an answer, or an invalidation, has. */
  minRevision?: number | undefined;
  /** Computed now if anything has changed (`Cache-Control: no-cache`); else it may be some milliseconds old. */
  current?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

export interface DocumentOptions<F extends Field> extends ReadOptions {
  /** Members of `statistics`; default: all. */
  fields?: readonly F[] | undefined;
}

export interface Answer<T> {
  /** Shared by all answers with the same ETag, and so not to be changed. */
  data: T;
  /** The revision that the node has applied. */
  revision: number;
  /** Seconds since the data was last known to be the present. */
  age: number;
  /** Why it may not be the present, such as `database-away`; undefined where it is. */
  stale: string | undefined;
}

export interface StreamOptions<F extends Field> {
  /** Cache keys; default: all. */
  keys?: readonly string[] | undefined;
  fields?: readonly F[] | undefined;
  /** Ends the stream, as `break` does. */
  signal?: AbortSignal | undefined;
}

/** How far documents that came can be trusted. */
export interface StreamState {
  /** `reconnecting` is said by this client; all else by the service. */
  state: 'live' | 'stale' | 'behind' | 'reconnecting';
  /** ISO 8601 */
  since: string;
  reason: string | null;
}

export type StreamEvent<F extends Field = Field> =
  | { type: 'document'; document: Selected<F> }
  | { type: 'state'; state: StreamState };
