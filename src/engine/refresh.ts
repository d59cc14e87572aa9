import type { Sql, Tx } from '../db/connection.ts';
import { notify } from '../db/notify.ts';
import { StateRowMissingError, SupersededError, TimeZoneMismatchError } from '../errors.ts';
import { dropPastCells } from './cells.ts';
import type { ComputedDocument } from './documents.ts';
import { evaluate } from './evaluate.ts';
import { fold } from './fold.ts';
import { issueRevision } from './revision.ts';
import { scan } from './scan.ts';
import { advanceState } from './sql/advance-state.ts';
import { announceChanges } from './sql/announce-changes.ts';
import { drainMarks, type Marks } from './sql/drain-marks.ts';
import { type Needs, readNeeds } from './sql/due-work.ts';
import { lockState, type State } from './sql/lock-state.ts';
import { staleKeys } from './sql/stale-keys.ts';
import { leavesMarks } from './sql/trigger-state.ts';
import { deleteOtherDocuments, renewDocuments, writeDocuments } from './sql/write-documents.ts';
import {
  allowLongStatements,
  endLongStatements,
  engineTransaction,
  SerializationConflictError,
} from './transaction.ts';

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
  /** NOTIFICATIONS: whether the application's hub is to hear of what changed; default true. */
  notifications?: boolean;
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
  /**
   * For each statement, in ms, of a scan too; past it the work is cancelled in the database, and after so long altogether
   * no attempt begins. Default: no such bound.
   */
  withinMs?: number;
  /** For each statement that is not a scan, in ms; see engineTransaction. */
  statementMs?: number;
  /** For the wait for another refresh, in ms; see engineTransaction. */
  lockMs?: number;
}

export interface RefreshResult {
  /** `busy`: another refresh holds the lock; `idle`: nothing asked for one; `done`: every document that anything pointed at was looked at. */
  outcome: 'busy' | 'idle' | 'done';
  /** The newest revision. 0 when busy. */
  revision: number;
  /** The documents that were looked at, with whether this refresh changed them. */
  items: { key: string; version: number; changed: boolean }[];
  /** Marks consumed. */
  marks: number;
  /** It had to scan because no cells are in use: buildCells makes them. */
  scanned: boolean;
}

/**
 * Brings every document up to one committed snapshot: the only writer of "DashboardStatsCache".
 *
 * One transaction: lock the state row, read the clock, take the marks and compute the documents in one snapshot,
 * store what differs under one revision, announce it. REPEATABLE READ keeps the snapshot over several statements and
 * the scan's parallel plan; whoever loses a race for the lock starts again with a newer snapshot.
 *
 * @throws TimeZoneMismatchError, SupersededError, StateRowMissingError, or what the database threw
 */
export function refresh(ctx: RefreshContext, options: RefreshOptions = {}): Promise<RefreshResult> {
  const { withinMs, statementMs, lockMs } = options;
  return engineTransaction(
    ctx.sql,
    ctx.timeZone,
    { isolation: 'repeatable read', withinMs, statementMs, lockMs },
    async (tx) => {
      const state = await lockState(tx, options.skipIfBusy ?? false);
      if (!state && !options.skipIfBusy) throw new StateRowMissingError();
      if (!state) return nothing('busy', 0);
      checkState(state, ctx.timeZone, options.full ?? false);
      const needs = await readNeeds(tx, {
        expiringWithinSeconds: options.expiringWithinSeconds ?? 0,
        resetClock: options.full ?? false,
      });
      const stale = needs.invalid || needs.expiring;
      const untracked = (options.current || options.force || stale) && !(await leavesMarks(tx));
      const rewrite = state.schemaVersion < SCHEMA_VERSION;
      const distrust = options.full || untracked || rewrite;
      const needed = needs.marked || needs.newDay || needs.empty || stale;
      if (!needed && !options.force && !distrust) return nothing('idle', state.revision);

      const building = state.building && !distrust && ctx.engine !== 'scan';
      const marks = await drainMarks(tx, state.generation, building);
      const found = { state, needs, options, marks, building };
      const scanning = ctx.engine === 'scan' || distrust || state.generation === 0 || marks.everything;
      const computed = scanning ? await computeByScan(tx, found, rewrite) : await computeFromCells(tx, found);
      return store(tx, ctx, found, computed);
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
  marks: Marks;
  options: RefreshOptions;
  /** Cells are being built, and what is marked has been set aside for them. */
  building: boolean;
}

/** It keeps no cells, so it leaves none in use. */
async function computeByScan(tx: Tx, { needs, options }: Found, rewrite: boolean): Promise<Computed> {
  if (options.withinMs === undefined) await allowLongStatements(tx);
  const documents = await scan(tx, needs.today, rewrite);
  if (options.withinMs === undefined) await endLongStatements(tx);
  return { documents, complete: true, generation: 0 };
}

async function computeFromCells(tx: Tx, { state, needs, options, marks }: Found): Promise<Computed> {
  const { today, newDay } = needs;
  const { generation } = state;
  const complete = options.force || needs.empty || newDay || marks.scopes;
  if (options.withinMs === undefined && complete) await allowLongStatements(tx);
  const cells = marks.projectIds.length > 0 ? await fold(tx, generation, today, marks.projectIds) : [];
  if (newDay) await dropPastCells(tx, generation, today);
  const stale =
    needs.invalid || needs.expiring ? await staleKeys(tx, options.expiringWithinSeconds ?? 0) : [];
  const nothingMoved = !complete && cells.length === 0 && stale.length === 0;
  const documents = nothingMoved
    ? []
    : await evaluate(tx, generation, today, complete ? undefined : { keys: stale, cells });
  if (options.withinMs === undefined && complete) await endLongStatements(tx);
  return { documents, complete, generation };
}

function nothing(outcome: 'busy' | 'idle', revision: number): RefreshResult {
  return { outcome, revision, items: [], marks: 0, scanned: false };
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
  { state, needs, options, marks, building }: Found,
  { documents, complete, generation }: Computed,
): Promise<RefreshResult> {
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
  const cellsMoved = generation !== state.generation || building !== state.building;
  // A full one also takes back a clock that had run ahead. Marks that changed no document count: whoever waited with a
  // snapshot of before they were folded must begin anew.
  if (changes || renewed.length > 0 || needs.newDay || cellsMoved || marks.count > 0 || options.full) {
    const { timeZone } = ctx;
    const torn = await advanceState(tx, {
      revision,
      asOf,
      schemaVersion: SCHEMA_VERSION,
      timeZone,
      generation,
      building,
      renewed: renewed.length > 0,
    });
    if (torn) throw new SerializationConflictError();
  }
  if (changes) {
    const keysOfChanged = changed.map((d) => d.key);
    await announceChanges(tx, { revision, changed: keysOfChanged, gone }, ctx.notifications ?? true);
  } else if (renewed.length > 0) await notify(tx, revision, []);

  const items = documents.map((d) => ({
    key: d.key,
    version: d.changed ? revision : (d.version ?? 0),
    changed: d.changed,
  }));
  return { outcome: 'done', revision, items, marks: marks.count, scanned: generation === 0 };
}
