import type { Learnt, Sql, Tx } from './connection.ts';
import { failureKind, wasEndedIdle } from './failures.ts';
import { hasNoSearchPath, readSearchPath } from './search-path.ts';
import { type Settings, settingStatements } from './settings.ts';

/** `queryTimeout` comes from our patch of the package. */
type Reserved = Awaited<ReturnType<Sql['reserve']>> & { queryTimeout(seconds: number): void };

export type Isolation = 'read committed' | 'repeatable read';

export interface TransactionOptions {
  isolation: Isolation;
  /** The server refuses every change; default false. */
  readOnly?: boolean;
  /** The server cancels a statement that takes longer, in ms; default: none. */
  statementMs?: number | undefined;
  /** The server gives up the wait for a lock after so long, in ms; default: the statement's bound. */
  lockMs?: number | undefined;
  /** Bounds each statement and all attempts together, in ms; takes the place of `statementMs`. */
  withinMs?: number | undefined;
  /**
   * How often `work` is started at most: it starts again where another transaction was faster (40001, 40P01).
   * Default 1. With `withinMs` as often as fits in.
   */
  attempts?: number;
  /** Further settings of the session for this transaction, by name. */
  settings?: Settings;
  /** `work` is one statement: nothing has to be decided between it and the COMMIT, so that both are sent at once. */
  single?: boolean;
}

/** The client gives the connection up so long after the server should have answered. */
const GRACE_MS = 1_000;

/**
 * Runs `work` in a transaction on a connection of its own; commits its result, rolls back what it threw. The only place
 * that opens a transaction. It states what our statements take for granted (settings.ts).
 *
 * Not `sql.begin`: where the connection is lost, that one answers with the failure of its own ROLLBACK. What is sent
 * after the loss is refused, never run on the connection that replaces the lost one (docs/adr/002).
 *
 * Where a pooler in transaction mode has come in between, statements are not prepared from then on, and `work` starts again. It also
 * does where BEGIN met a session that the server had ended while it was idle.
 *
 * @throws what `work` or the server threw
 */
export async function transaction<T>(
  sql: Sql,
  options: TransactionOptions,
  work: (tx: Tx) => PromiseLike<T>,
): Promise<T> {
  const { withinMs, attempts = 1 } = options;
  const began = performance.now();
  for (let attempt = 1; ; attempt++) {
    const spentMs = attempt === 1 ? 0 : performance.now() - began;
    const statementMs =
      withinMs === undefined ? options.statementMs : Math.ceil(Math.max(1, withinMs - spentMs));
    const { prepare } = sql.options;
    try {
      const searchPath = await searchPathOf(sql);
      return await runOnce(sql, { ...options, statementMs }, work, searchPath);
    } catch (error) {
      const kind = failureKind(error);
      if (prepare && kind === 'sessionChanged') stopPreparing(sql);
      else if (kind !== 'conflict') throw error;
      else if (withinMs === undefined ? attempt >= attempts : performance.now() - began > withinMs)
        throw error;
    }
  }
}

/** Changes `statementMs` for the statements that follow in a transaction. */
export async function setStatementTimeout(tx: Tx, statementMs: number): Promise<void> {
  await tx.unsafe(`SET LOCAL statement_timeout = ${statementMs}`);
  (tx as Reserved).queryTimeout((statementMs + GRACE_MS) / 1000);
}

/** For the pool and all its connections: no statement is kept by a session, since the next one may meet another. */
export function stopPreparing(sql: Sql): void {
  (sql.options as { prepare: boolean }).prepare = false;
}

/**
 * The pool, whose queries outside of a transaction get one of their own: with its settings and its isolation, in one round trip. A
 * default of SERIALIZABLE would make the application's transactions fail for what we read.
 *
 * What cannot run in a transaction (CREATE DATABASE) needs the pool itself.
 */
export function inTransactions(sql: Sql): Sql {
  const run = ({ strings, args, tagged, options, resolve, reject }: LoneQuery) =>
    transaction(sql, { isolation: 'read committed', single: true }, (tx) =>
      tagged ? tx(strings, ...(args as never[])) : tx.unsafe(strings[0] as string, args as never[], options),
    ).then(resolve, reject);
  // A fragment of another query is never run.
  const own = <T>(made: T): T => (made instanceof Promise ? Object.assign(made, { handler: run }) : made);
  return new Proxy(sql, {
    apply: (target, self, args) => own(Reflect.apply(target as never, self, args)),
    get: (target, name) =>
      name === 'unsafe'
        ? (...args: Parameters<Sql['unsafe']>) => own(target.unsafe(...args))
        : Reflect.get(target, name),
  });
}

/** Of the postgres package: what `handler` gets when a query is awaited. */
interface LoneQuery {
  strings: TemplateStringsArray;
  args: unknown[];
  tagged: boolean;
  options: object;
  resolve: (rows: unknown) => void;
  reject: (error: unknown) => void;
}

/** Asked once for a database, and again until there is one. */
async function searchPathOf(sql: Sql): Promise<readonly string[] | undefined> {
  const { learnt } = sql.options as unknown as { learnt: Learnt };
  learnt.searchPath ??= await runOnce(sql, ASKING, readSearchPath, undefined).catch(hasNoSearchPath);
  return learnt.searchPath;
}

const ASKING = { isolation: 'read committed', statementMs: 5_000 } as const;

async function runOnce<T>(
  sql: Sql,
  options: TransactionOptions,
  work: (tx: Tx) => PromiseLike<T>,
  searchPath: readonly string[] | undefined,
): Promise<T> {
  const { isolation, readOnly = false, statementMs, single = false } = options;
  for (let left = sql.options.max; ; left--) {
    const connection = (await sql.reserve()) as Reserved;
    try {
      const settings = settingStatements(String(sql.parameters['server_version']), {
        ...(searchPath === undefined ? {} : { search_path: searchPath }),
        ...settingsOf(options),
      });
      // One message, and no snapshot yet. It has the pool's own bound: a dead connection is detected soon.
      const begun = connection
        .unsafe(`BEGIN ISOLATION LEVEL ${isolation}${readOnly ? ' READ ONLY' : ''};\n${settings}`)
        .then(
          () =>
            single ||
            connection.queryTimeout(statementMs === undefined ? 0 : (statementMs + GRACE_MS) / 1000),
        );
      // The first statement follows without waiting. Where BEGIN failed it is refused, and so is all that comes after it.
      const sent = [begun, work(connection), ...(single ? [connection.unsafe('COMMIT')] : [])] as const;
      const [begin, done, end] = await Promise.allSettled(sent);
      // It has read nothing of this, and each session of the pool may have been ended so.
      if (begin.status === 'rejected' && left > 0 && wasEndedIdle(begin.reason)) continue;
      for (const step of [begin, done, end]) if (step?.status === 'rejected') throw step.reason;
      if (!single) await connection.unsafe('COMMIT');
      return (done as PromiseFulfilledResult<T>).value;
    } catch (error) {
      // It fails on a lost connection, and the server has rolled back by itself.
      if (!single) await connection.unsafe('ROLLBACK').catch(() => undefined);
      // A session keeps default_transaction_read_only as it found it, and another server may be the primary by now: ask anew.
      if (failureKind(error) === 'readOnly' && !readOnly)
        await connection.unsafe('SELECT pg_terminate_backend(pg_backend_pid())').catch(() => undefined);
      throw error;
    } finally {
      connection.release();
    }
  }
}

function settingsOf({ statementMs, lockMs, settings = {} }: TransactionOptions): Settings {
  return {
    ...(statementMs === undefined ? {} : { statement_timeout: `${statementMs}ms` }),
    ...(lockMs === undefined ? {} : { lock_timeout: `${Math.min(lockMs, statementMs ?? lockMs)}ms` }),
    ...settings,
  };
}
