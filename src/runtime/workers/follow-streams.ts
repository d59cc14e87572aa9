import { setTimeout as sleep } from 'node:timers/promises';
import type { StreamHub } from '../../http/stream/hub.ts';
import type { ServiceCore } from '../../service/service.ts';

/**
 * Keeps open streams going where nothing comes by itself: looks around each `everyMs`, and ends them after `forMs` with the
 * event that makes clients connect again. Resolves when no stream is open any more. That a client has gone is noticed when
 * something is written to it, at the latest with the next ping.
 */
export async function followStreams(
  streams: StreamHub,
  service: Pick<ServiceCore, 'upToDate'>,
  options: { everyMs: number; forMs: number; now: () => number },
): Promise<void> {
  const until = options.now() + options.forMs;
  while (streams.size > 0) {
    await sleep(Math.min(options.everyMs, Math.max(0, until - options.now())));
    if (options.now() >= until) return streams.close('This stream has been open for long; connect again.');
    await service.upToDate();
  }
}
