/**
 * Lets Ctrl-C reach PostgreSQL: a client that disconnects leaves its statement running, for hours where that builds
 * an index. A cancel request on the wire needs no right, where pg_cancel_backend() would.
 */
import type postgres from 'postgres';
import { InterruptedError } from '../errors.ts';

/** Of the postgres package; `active` from when it is sent until it is answered. */
interface Query {
  active: boolean;
  resolve: (rows: unknown) => void;
  reject: (error: unknown) => void;
  /** What its `cancel` calls, which drops the promise: one that rejects, on a dead network, would end the process. */
  canceller: ((query: Query) => Promise<unknown>) | null;
}

/**
 * The pool, and the connections reserved of it, until `signal` is aborted: then what runs is cancelled in the server, and
 * what is asked for afterwards throws InterruptedError, but for the ROLLBACK that ends a transaction in order.
 */
export function cancellable(sql: postgres.Sql, signal: AbortSignal): postgres.Sql {
  const queries = new Set<Query>();
  signal.addEventListener('abort', () => {
    for (const query of queries) if (query.active) query.canceller?.(query).catch(() => undefined);
  });

  /** Until it is answered. It may wait for its turn on a connection before it is active. */
  function watch(query: Query): void {
    queries.add(query);
    for (const end of ['resolve', 'reject'] as const) {
      const settle = query[end];
      query[end] = (outcome) => {
        queries.delete(query);
        settle(outcome);
      };
    }
  }

  function ask<T>(run: () => T): T {
    if (signal.aborted) throw new InterruptedError('nothing was changed');
    const query = run();
    if (query instanceof Promise && 'cancel' in query) {
      watch(query as unknown as Query);
    }
    return query;
  }

  function watched<Asker extends object>(asker: Asker): Asker {
    return new Proxy(asker, {
      apply: (target, self, args) => ask(() => Reflect.apply(target as never, self, args)),
      get(target, name) {
        const member = Reflect.get(target, name);
        if (name !== 'unsafe' && name !== 'reserve') return member;
        const call = member as (...args: unknown[]) => unknown;
        if (name === 'reserve') return async () => watched((await ask(call)) as object);
        return (...args: unknown[]) => (args[0] === 'ROLLBACK' ? call(...args) : ask(() => call(...args)));
      },
    });
  }
  return watched(sql);
}
