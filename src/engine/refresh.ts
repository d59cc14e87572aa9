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
import type { ComputedDocument } from './documents.ts';
import { evaluate } from './evaluate.ts';
import { fold } from './fold.ts';
import { dropPastCells, rebuild as rebuildCells } from './rebuild.ts';
import { issueRevision } from './revision.ts';
import { scan } from './scan.ts';
import { allowLongStatements, boundedTransaction } from './transaction.ts';

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
  /** Also compute everything where changes leave no marks, as after `migrate --no-triggers`; default false. */
  current?: boolean;
  /** Also refresh when a document expires within so many seconds; default 0: when one has expired. */
  expiringWithinSeconds?: number;
  /** When another refresh is under way, return at once instead of waiting for it; default false. */
  skipIfBusy?: boolean;
  /** For the whole refresh, in ms; past it the work is cancelled in the database too. Default: no such bound. */
  withinMs?: number;
  /** For each statement that is not a scan or a rebuild, in ms; see boundedTransaction. */
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
  return boundedTransaction(
    ctx.sql,
    {
      isolation: 'repeatable read',
      timeZone: ctx.timeZone,
      withinMs: options.withinMs,
      statementMs: options.statementMs,
    },
    async (tx) => {
      const state = await lockState(tx, options.skipIfBusy ?? false);
      if (!state) return nothing(options.skipIfBusy ? 'busy' : missingState(), 0);
      checkState(state, ctx.timeZone, options.full ?? false);
      const needs = await readNeeds(tx, {
        expiringWithinSeconds: options.expiringWithinSeconds ?? 0,
        resetClock: options.full ?? false,
      });
      const stale = needs.invalid || needs.expiring;
      const untracked = (options.current || options.force || stale) && !(await leavesMarks(tx));
      const rewrite = state.schemaVersion < SCHEMA_VERSION;
      const rebuild = options.full || untracked || rewrite;
      const needed = needs.marked || needs.newDay || needs.empty || stale;
      if (!needed && !options.force && !rebuild) return nothing('idle', state.revision);

      const marks = await drainMarks(tx, state.generation);
      const computed = await compute(tx, ctx, { state, needs, marks, options, rebuild, rewrite });
      return store(tx, ctx, { state, needs, computed, marks: marks.count, options });
    },
  );
}

/** What an engine found. */
interface Computed {
  documents: ComputedDocument[];
  /** Whether `documents` are all that there are. */
  complete: boolean;
  /** Of the cells in use from now on; 0 for none. */
  generation: number;
}

interface Found {
  state: State;
  needs: Needs;
  options: RefreshOptions;
}

/** The documents that may have changed, by the engine that was chosen. The scan keeps no cells, so it leaves none in use. */
async function compute(
  tx: Tx,
  { engine }: RefreshContext,
  {
    state,
    needs,
    options,
    marks,
    rebuild,
    rewrite,
  }: Found & { marks: Marks; rebuild: boolean; rewrite: boolean },
): Promise<Computed> {
  const { today, newDay } = needs;
  const all = options.force || needs.empty || newDay;
  const anew = rebuild || marks.everything || state.generation === 0;
  if (options.withinMs === undefined && (all || anew || engine === 'scan')) await allowLongStatements(tx);
  if (engine === 'scan') {
    return { documents: await scan(tx, today, rewrite), complete: true, generation: 0 };
  }
  if (anew) {
    const generation = await rebuildCells(tx, state.generation, today);
    return {
      documents: await evaluate(tx, generation, today, undefined, rewrite),
      complete: true,
      generation,
    };
  }
  const { generation } = state;
  const moved = marks.projectIds.length > 0 ? await fold(tx, generation, today, marks.projectIds) : [];
  if (newDay) await dropPastCells(tx, generation, today);
  const stale =
    needs.invalid || needs.expiring ? await staleKeys(tx, options.expiringWithinSeconds ?? 0) : [];
  const keys = all ? undefined : [...new Set([...moved, ...stale])];
  const documents = keys?.length === 0 ? [] : await evaluate(tx, generation, today, keys, rewrite);
  return { documents, complete: keys === undefined, generation };
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
    help: 'Run: npm run --silent cli -- migrate',
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
  { state, needs, options, computed, marks }: Found & { computed: Computed; marks: number },
): Promise<RefreshResult> {
  const { documents, complete, generation } = computed;
  const { asOf } = needs;
  const keys = documents.map((d) => d.key);
  const changed = documents.filter((d) => d.changed);
  const gone = complete ? await deleteOtherDocuments(tx, keys) : [];
  // Half of the time to live: an often refreshed document need not be written each time to stay alive.
  const renewBelow = Math.max(ctx.ttlSeconds / 2, options.expiringWithinSeconds ?? 0);
  const renewed = documents.filter(
    (d) => !d.changed && (options.force || !d.valid || (d.secondsLeft ?? 0) < renewBelow),
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
