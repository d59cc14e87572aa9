/**
 * Keeps the embedded server of a service running: where it dies it is started again, on the same port, so that every pool
 * finds it and `database-url` stays true. The service serves stale documents meanwhile, as for any database that is away.
 */
import type { Log } from '../log.ts';
import { Loop } from '../timing/loop.ts';
import { type EmbeddedServer, startEmbedded } from './embedded.ts';
import type { EmbeddedOptions } from './options.ts';

/** Before the second attempt; it doubles with each. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** @throws EmbeddedServerError if the first start fails; later ones are repeated until stop() */
export async function keepRunning(
  options: EmbeddedOptions,
  log: Log,
): Promise<Pick<EmbeddedServer, 'url' | 'stop'>> {
  const { dataDir } = options;
  let server = await startEmbedded(options);
  const { url } = server;
  let stopping = false;
  let lastFailure = '';
  let isUp = true;

  const untilItRunsAgain = async () => {
    await server.ended;
    if (stopping) return { ms: 0 };
    if (isUp) log.error({ dataDir }, 'The embedded PostgreSQL ended unexpectedly; it is started again.');
    isUp = false;
    server = await startEmbedded({ ...options, port: Number(new URL(url).port) });
    if (server.url === url) {
      log.info({ dataDir }, 'The embedded PostgreSQL runs again.');
      isUp = true;
      lastFailure = '';
    } else await server.stop(); // of a command that started it in between and was killed
    return { ms: FIRST_PAUSE_MS };
  };
  const failed = (error: unknown, inARow: number) => {
    const { message } = error as Error;
    if (message !== lastFailure)
      log.error({ err: error }, 'The embedded PostgreSQL does not start; retrying.');
    lastFailure = message;
    return Math.min(FIRST_PAUSE_MS * 2 ** (inARow - 1), LONGEST_PAUSE_MS);
  };
  const loop = new Loop(untilItRunsAgain, failed);
  loop.start();
  return {
    url,
    async stop() {
      stopping = true;
      await server.stop();
      await loop.close();
      await server.stop(); // one that was started meanwhile
    },
  };
}
