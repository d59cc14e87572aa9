import type { Range } from '../../client/waiting.ts';

/** How long a feed waits for what, in ms. */
export const TIMES = {
  /** For the event `state` to come; a proxy that holds events back is found out by it. */
  state: 5_000,
  /** Pings come every 20 s: a stream that says nothing for so long is dead. */
  quiet: 45_000,
  /** How often both are looked at, also after the computer has slept. */
  watch: 1_000,
  answer: 20_000,
  /** Shorter interruptions are not shown. */
  grace: 3_000,
  poll: 5_000,
  /** After a stream that was live. */
  again: [1_500, 1_500] as Range,
  /** After an answer that failed. */
  retry: [1_000, 30_000] as Range,
  /** After a stream that failed though the service answers. */
  streamRetry: [30_000, 300_000] as Range,
  /** After an answer that says that the request is at fault. */
  refused: 60_000,
};
export type Times = typeof TIMES;
