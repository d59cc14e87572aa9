import type { Log } from '../log.ts';
import type { Sql } from './connection.ts';
import { CHANNEL } from './notify.ts';

/** Between attempts to listen while the database is away. The postgres package reconnects by itself after the first. */
const RETRY_MS = 2_000;
/** Nothing comes over a dead connection, and nothing over an idle one: so something is asked over it now and then. */
const PING_MS = 5_000;

/**
 * Listens for announcements on a connection of its own. `onHint` is called for each, and on each (re)connect, since
 * what was announced in between is lost. Needs a session, so it is for Node only; behind a transaction-mode PgBouncer
 * it hears nothing, and comparing is what remains. A connection that is silently dead is found out by asking it; the
 * pool's `queryTimeoutMs` bounds the wait.
 */
export function listen(sql: Sql, log: Log, onHint: () => void): { close(): Promise<void> } {
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let unlisten: (() => Promise<void>) | undefined;

  async function attempt(): Promise<void> {
    try {
      const subscription = await sql.listen(CHANNEL, onHint, onHint);
      unlisten = () => subscription.unlisten();
      if (closed) return await unlisten();
      await ping();
    } catch (error) {
      log.debug({ err: error }, 'Listening failed; it is tried again.');
      if (!closed) timer = setTimeout(attempt, RETRY_MS);
    }
  }

  /** A failure closes the connection, and the package listens anew on another. */
  async function ping(): Promise<void> {
    // The package keeps the pool that listens here.
    const { sql: listening } = sql.listen as unknown as { sql: Sql };
    await listening`SELECT 1`.catch((error) =>
      log.debug({ err: error }, 'The listening connection was lost.'),
    );
    if (!closed) timer = setTimeout(ping, PING_MS);
  }

  void attempt();
  return {
    async close() {
      closed = true;
      clearTimeout(timer);
      await unlisten?.().catch(() => undefined);
    },
  };
}
