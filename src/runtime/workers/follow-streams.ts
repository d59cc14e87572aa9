import { setTimeout as sleep } from 'node:timers/promises';
import type { StreamBroadcast } from '../../http/stream/broadcast.ts';
import type { StatsService } from '../../service/service.ts';

/** How often a stream catches up, where EDGE_FRESH_SECONDS is not between these. */
const EVERY_MS = { least: 100, most: 1_000 };

export interface FollowOptions {
  freshMs: number;
  forMs: number;
  now: () => number;
  publish: () => void;
}

/**
 * Keeps the streams of one invocation going, and ends them after `forMs` with the event that makes clients connect again.
 * Resolves when no stream is open. That a client has gone is noticed when something is written to it, at the latest with
 * the next ping.
 */
export async function followStreams(
  streams: Pick<StreamBroadcast, 'size' | 'close'>,
  service: Pick<StatsService, 'catchUp' | 'memory'>,
  { freshMs, forMs, now, publish }: FollowOptions,
): Promise<void> {
  const everyMs = Math.min(EVERY_MS.most, Math.max(EVERY_MS.least, freshMs));
  const until = now() + forMs;
  let published = service.memory.snapshot;
  while (streams.size > 0) {
    await sleep(Math.min(everyMs, Math.max(0, until - now())));
    if (now() >= until) return streams.close('This stream has been open for long; connect again.');
    await service.catchUp();
    // Another invocation of the isolate may have brought it.
    if (published === service.memory.snapshot) continue;
    published = service.memory.snapshot;
    publish();
  }
}
