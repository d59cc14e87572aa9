import type { Sql, Tx } from '../db/connection.ts';
import { notify } from '../db/notify.ts';
import { advanceState } from '../db/queries/advance-state.ts';
import { drainMarks, type Marks } from '../db/queries/drain-marks.ts';
import { lockState, type State } from '../db/queries/lock-state.ts';
import { type Needs, readNeeds } from '../db/queries/read-needs.ts';
import { staleKeys } from '../db/queries/stale-keys.ts';
import { triggerState } from '../db/queries/trigger-state.ts';
import { deleteOtherDocuments, renewDocuments, writeDocuments } from '../db/queries/write-documents.ts';
import { NotMigratedError, SupersededError, TimeZoneMismatchError } from '../errors.ts';
import { type Computed, computeIncrementally, FOLD_LIMIT } from './incremental.ts';
import { issueRevision } from './revision.ts';
import { scan } from './scan.ts';
import { boundedTransaction } from './transaction.ts';

/** Raised with every change of what a document holds, so that old nodes leave the new documents alone. */
const SCHEMA_VERSION = 1;

export interface RefreshContext {
  sql: Sql;
  /** STATS_TIME_ZONE: decides what a day is. */
  timeZone: string;
  /** STATS_TTL_SECONDS. */
  ttlSeconds: number;
  /** ENGINE. */
  engine: 'incremental' | 'scan';
}

export interface RefreshOptions {
  /** Compute every document, whether or not anything tells that it is needed; default false. */
  force?: boolean;
  /** Also take nothing that is kept for true, another time zone and a clock that had run ahead included; default false. */
  full?: boolean;
  /** Also refresh when a document expires within so many seconds; default 0: when one has expired. */
  expiringWithinSeconds?: number;
  /** When another refresh is under way, return at once instead of waiting for it; default false. */
  skipIfBusy?: boolean;
  /** Bound for each statement on the server, in ms; default 600,000. */
  statementMs?: number;
}

export interface RefreshResult {
  /** `busy`: another refresh holds the lock; `idle`: nothing asked for one; `done`: every document was checked. */
  outcome: 'busy' | 'idle' | 'done';
  /** The newest revision. 0 when busy. */
  revision: number;
  /** All documents, with whether this refresh changed them; empty unless done. */
  items: { key: string; version: number; changed: boolean }[];
  /** Marks consumed. */
  marks: number;
}

/**
 * Brings every document up to one committed snapshot: the only writer of "DashboardStatsCache".
 *
 * One transaction: lock the state row, read the clock, take the marks and compute the documents in one snapshot,
 * store what differs under one revision, announce it. REPEATABLE READ keeps the snapshot over several statements and
 * the scan's parallel plan; whoever loses a race for the lock starts again with a newer snapshot.
 *
 * @throws TimeZoneMismatchError, SupersededError, NotMigratedError, or what the database threw
 */
export function refresh(ctx: RefreshContext, options: RefreshOptions = {}): Promise<RefreshResult> {
  const bounds =
    options.statementMs === undefined
      ? {}
      : { statementMs: options.statementMs, lockMs: options.statementMs };
  return boundedTransaction(
    ctx.sql,
    { isolation: 'repeatable read', timeZone: ctx.timeZone, ...bounds },
    async (tx) => {
      const state = await lockState(tx, options.skipIfBusy ?? false);
      if (!state) return nothing(options.skipIfBusy ? 'busy' : missingState(), 0);
      checkState(state, ctx.timeZone, options.full ?? false);
      const needs = await readNeeds(tx, {
        expiringWithinSeconds: options.expiringWithinSeconds ?? 0,
        resetClock: options.full ?? false,
      });
      const needed = needs.marked || needs.newDay || needs.invalid || needs.expiring;
      const forced = options.force || options.full;
      if (!forced && !needed && state.schemaVersion === SCHEMA_VERSION)
        return nothing('idle', state.revision);

      const marks = await drainMarks(tx, FOLD_LIMIT);
      const computed = await compute(tx, ctx, { state, needs, marks, options });
      return store(tx, ctx, { state, needs, computed, marks: marks.count, renewAll: options.force ?? false });
    },
  );
}

/** The documents that may have changed, by the engine that was chosen. The scan keeps no cells, so it leaves none in use. */
async function compute(
  tx: Tx,
  { engine }: RefreshContext,
  found: { state: State; needs: Needs; marks: Marks; options: RefreshOptions },
): Promise<Computed> {
  const { state, needs, marks, options } = found;
  const rewrite = state.schemaVersion < SCHEMA_VERSION;
  if (engine === 'scan')
    return { documents: await scan(tx, needs.today, rewrite), complete: true, generation: 0 };
  const stale =
    needs.invalid || needs.expiring ? await staleKeys(tx, options.expiringWithinSeconds ?? 0) : [];
  // Where nothing leaves marks, nothing that is kept can be taken for true.
  const untracked = (options.force || stale.length > 0) && !(await leavesMarks(tx));
  return computeIncrementally(tx, {
    generation: state.generation,
    today: needs.today,
    newDay: needs.newDay,
    marks,
    rebuild: options.full || rewrite || untracked,
    all: options.force ?? false,
    stale,
    rewrite,
  });
}

async function leavesMarks(tx: Tx): Promise<boolean> {
  const { wanted, missing } = await triggerState(tx);
  return wanted && missing.length === 0;
}

function nothing(outcome: 'busy' | 'idle', revision: number): RefreshResult {
  return { outcome, revision, items: [], marks: 0 };
}

function missingState(): never {
  throw new NotMigratedError('The state row of dashboard-stats is missing.', {
    help: 'Run: npm run cli -- migrate',
  });
}

function checkState(state: State, timeZone: string, full: boolean): void {
  if (state.schemaVersion > SCHEMA_VERSION) {
    throw new SupersededError('A newer version of dashboard-stats keeps these statistics.', {
      help: 'Upgrade this node; until then it serves what the newer ones compute.',
    });
  }
  if (!full && state.timeZone !== null && state.timeZone !== timeZone) {
    throw new TimeZoneMismatchError(state.timeZone, timeZone);
  }
}

async function store(
  tx: Tx,
  ctx: RefreshContext,
  found: { state: State; needs: Needs; computed: Computed; marks: number; renewAll: boolean },
): Promise<RefreshResult> {
  const { state, needs, marks } = found;
  const { documents, complete, generation } = found.computed;
  const { asOf } = needs;
  const keys = documents.map((d) => d.key);
  const changed = documents.filter((d) => d.changed);
  const gone = complete ? await deleteOtherDocuments(tx, keys) : [];
  // Half of the time to live: an often refreshed document need not be written each time to stay alive.
  const renewed = documents.filter(
    (d) => !d.changed && (found.renewAll || !d.valid || (d.secondsLeft ?? 0) < ctx.ttlSeconds / 2),
  );
  const changes = changed.length > 0 || gone.length > 0;
  const revision = changes ? issueRevision(state.revision) : state.revision;

  if (changed.length > 0) {
    const rows = changed.map((d) => ({ ...d, statistics: d.statistics ?? '{}' }));
    await writeDocuments(tx, rows, { revision, asOf, ttlSeconds: ctx.ttlSeconds });
  }
  if (renewed.length > 0) {
    await renewDocuments(
      tx,
      renewed.map((d) => d.key),
      { asOf, ttlSeconds: ctx.ttlSeconds },
    );
  }
  if (changes || renewed.length > 0 || needs.newDay || generation !== state.generation) {
    const { timeZone } = ctx;
    await advanceState(tx, {
      revision,
      asOf,
      schemaVersion: SCHEMA_VERSION,
      timeZone,
      generation,
      renewed: renewed.length > 0,
    });
  }
  if (changes || renewed.length > 0) await notify(tx, revision, [...changed.map((d) => d.key), ...gone]);

  const items = documents.map((d) => ({
    key: d.key,
    version: d.changed ? revision : (d.version ?? 0),
    changed: d.changed,
  }));
  return { outcome: 'done', revision, items, marks };
}
