import type { Log } from '../log.ts';
import { Loop } from '../timing/loop.ts';
import type { Sql } from './connection.ts';
import { CHANNEL } from './notify.ts';

/** After a failure. */
const RETRY_MS = 2_000;
/** A dead connection carries nothing, and an idle one neither: the answer to a ping tells them apart. */
const PING_MS = 5_000;

/**
 * Listens for announcements on a connection of its own. `onHint` is called for each, and on each (re)connect, since
 * what was announced in between is lost. Needs a session, so it is for Node only; behind a transaction-mode PgBouncer
 * nothing arrives, and comparing is what remains. A connection that is silently dead fails the ping within the pool's
 * `queryTimeoutMs`, is closed by that, and the postgres package listens again on another.
 */
export function listen(sql: Sql, log: Log, onHint: () => void): { close(): Promise<void> } {
  let subscription: Awaited<ReturnType<Sql['listen']>> | undefined;
  // The package keeps the pool that listens here.
  const listening = () => (sql.listen as unknown as { sql: Sql }).sql;
  const loop = new Loop(
    async () => {
      subscription ??= await sql.listen(CHANNEL, onHint, () => {
        // That this session is idle is no reason to end it. Before version 14 there is no such setting.
        void listening()`SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'idle_session_timeout'`.catch(
          () => undefined,
        );
        onHint();
      });
      await listening()`SELECT 1`;
      return { ms: PING_MS };
    },
    (error) => {
      log.debug({ err: error }, 'The connection that listens was lost; it is opened again.');
      return RETRY_MS;
    },
  );
  loop.start();
  return {
    async close() {
      await loop.close();
      await subscription?.unlisten().catch(() => undefined);
    },
  };
}
