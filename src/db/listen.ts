import type { Log } from '../log.ts';
import type { Sql } from './connection.ts';
import { CHANNEL } from './notify.ts';

/** Between attempts to listen while the database is away. The postgres package reconnects by itself after the first. */
const RETRY_MS = 2_000;

/**
 * Listens for announcements on a connection of its own. `onHint` is called for each, and on each (re)connect, since
 * what was announced in between is lost. Needs a session, so it is for Node only; behind a transaction-mode PgBouncer
 * it hears nothing, and comparing each second is what remains.
 */
export function listen(sql: Sql, log: Log, onHint: () => void): { close(): Promise<void> } {
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let unlisten: (() => Promise<void>) | undefined;

  async function attempt(): Promise<void> {
    try {
      const subscription = await sql.listen(CHANNEL, onHint, onHint);
      unlisten = () => subscription.unlisten();
      if (closed) await unlisten();
    } catch (error) {
      log.debug({ err: error }, 'Listening failed; it is tried again.');
      if (!closed) timer = setTimeout(attempt, RETRY_MS);
    }
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
