import type { Sql, Tx } from '../db/connection.ts';
import { notify } from '../db/notify.ts';
import type { TransactionOptions } from '../db/transaction.ts';
import { SupersededError, TimeZoneMismatchError } from '../errors.ts';
import { SCHEMA_VERSION } from '../stats/schema.ts';
import { isSameZone } from '../stats/time-zone.ts';
import { dropPastCells, moveCells } from './cells.ts';
import type { CheckedDocument } from './document.ts';
import { evaluateAndStore } from './evaluate.ts';
import { fold } from './fold.ts';
import { writePlaces } from './places.ts';
import { losesMarks, type Plan, plan } from './plan.ts';
import { issueRevision } from './revision.ts';
import { scan } from './scan.ts';
import { advanceState } from './sql/advance-state.ts';
import { announceChanges } from './sql/announce-changes.ts';
import { type DueWork, takeDueWork } from './sql/due-work.ts';
import { keepHistory } from './sql/keep-history.ts';
import type { State } from './sql/lock-state.ts';
import {
  compressFast,
  deleteOtherDocuments,
  renewDocuments,
  type Stamp,
  writeDocuments,
} from './sql/write-documents.ts';
import {
  allowLongStatements,
  endLongStatements,
  engineTransaction,
  SerializationConflictError,
  type Traced,
} from './transaction.ts';
import { overCells, UnusableCellsError } from './unusable-cells.ts';

export interface RefreshContext {
  sql: Sql;
  /** STATS_TIME_ZONE: decides what a day is. */
  timeZone: string;
  /** STATS_TTL_SECONDS. */
  ttlSeconds: number;
  /** ENGINE. */
  engine: 'incremental' | 'scan';
  /** NOTIFICATIONS: whether the application's hub gets what changed; default true. */
  notifications?: boolean;
}

/** `withinMs` also bounds a scan, `statementMs` does not; defaults of engineTransaction. */
export interface RefreshOptions
  extends Pick<TransactionOptions, 'withinMs' | 'statementMs' | 'lockMs'>,
    Traced {
  /** Compute every document, whether or not anything asks for it; default false. */
  force?: boolean;
  /** Recompute everything from the base tables, also in another time zone and after a clock that ran ahead; default false. */
  full?: boolean;
  /** Also compute everything where changes leave no marks, as after `migrate --no-triggers`; default false. */
  current?: boolean;
  /** Also refresh when a document expires within so many seconds; default 0: when one has expired. */
  expiringWithinSeconds?: number;
  /** When another refresh is under way, return at once instead of waiting for it; default false. */
  skipIfBusy?: boolean;
}

export interface AlsoReads<T> {
  /** Is called at the end, in the same transaction and so in one snapshot with what was stored; default: nothing is read. */
  alsoRead?: (tx: Tx) => Promise<T>;
}

/** `read`: what `alsoRead` gave; undefined where another refresh is under way. */
type AndRead<T> = RefreshResult & { read?: T | undefined };

export interface RefreshResult {
  /** `busy`: another refresh holds the lock; `idle`: nothing asked for one; `done`: every document that needed it was computed. */
  outcome: 'busy' | 'idle' | 'done';
  /** The newest revision. 0 when busy. */
  revision: number;
  /** The documents that were computed, with whether this refresh changed them. */
  items: { key: string; version: number; changed: boolean }[];
  /** Marks consumed. */
  marks: number;
  plan: Plan;
  /** It scanned, and no cells are in use: buildCells creates some. */
  scanned: boolean;
  /** What failed over the cells that were in use. */
  unusableCells?: unknown;
}

/**
 * Brings every document up to one committed snapshot: the only writer of "DashboardStatsCache".
 *
 * One transaction: lock the state row, read what is due and take the marks, decide, compute the documents in the same
 * snapshot, store what differs under one revision, announce it. REPEATABLE READ keeps the snapshot over several
 * statements and the scan's parallel plan; whoever loses a race for the lock starts again with a newer snapshot.
 *
 * @throws TimeZoneMismatchError, SupersededError, StateRowMissingError, or what the database threw
 */
export async function refresh<T>(
  ctx: RefreshContext,
  options: RefreshOptions & AlsoReads<T> = {},
): Promise<AndRead<T>> {
  try {
    return await refreshOnce(ctx, options, false);
  } catch (error) {
    if (!(error instanceof UnusableCellsError)) throw error;
    return { ...(await refreshOnce(ctx, options, true)), unusableCells: error.cause };
  }
}

function refreshOnce<T>(
  ctx: RefreshContext,
  options: RefreshOptions & AlsoReads<T>,
  cellsUnusable: boolean,
): Promise<AndRead<T>> {
  const { sql, timeZone, engine } = ctx;
  const { skipIfBusy = false, full = false, expiringWithinSeconds = 0 } = options;
  return engineTransaction(sql, timeZone, { ...options, isolation: 'repeatable read' }, async (tx) => {
    // Sent together, for one round trip; of what fails the first is thrown.
    const [, taken] = await Promise.all([
      compressFast(tx),
      takeDueWork(tx, { skipIfBusy, expiringWithinSeconds, resetClock: full }),
    ]);
    if (!taken) return nothing('busy', 0);
    const { state, due } = taken;
    refuseNewerSchema(state.schemaVersion);
    if (!full && state.timeZone !== null && !isSameZone(state.timeZone, timeZone))
      throw new TimeZoneMismatchError(state.timeZone, timeZone);
    const todo = plan(state, due, { ...options, engine, schemaVersion: SCHEMA_VERSION, cellsUnusable });
    if (todo === 'idle') return { ...nothing('idle', state.revision), read: await options.alsoRead?.(tx) };
    const long = todo !== 'fold' && options.withinMs === undefined;
    if (long) await allowLongStatements(tx);
    const stamp = { revision: issueRevision(state.revision), asOf: due.asOf, ttlSeconds: ctx.ttlSeconds };
    if (due.newDay) await keepHistory(tx, []);
    const scanned =
      todo === 'scan' || todo === 'recompute'
        ? await scan(tx, due.today, state.schemaVersion < SCHEMA_VERSION)
        : undefined;
    const documents = scanned ?? (await overCells(() => storeFromCells(tx, todo, state, due, stamp)));
    if (long) await endLongStatements(tx);
    if (scanned) await writeDocuments(tx, scanned, stamp);
    return finish(tx, ctx, { todo, state, due, options, stamp }, documents);
  });
}

/** @throws SupersededError where newer nodes keep documents and cells of another shape */
export function refuseNewerSchema(schemaVersion: number): void {
  if (schemaVersion > SCHEMA_VERSION)
    throw new SupersededError('A newer version of dashboard-stats keeps these statistics.', {
      help: 'Upgrade this node; until then it serves what the newer ones compute.',
    });
}

async function storeFromCells(
  tx: Tx,
  todo: Plan,
  { generation, cellsDay }: State,
  { marks, today, newDay, keysToRenew: keys }: DueWork,
  stamp: Stamp,
): Promise<CheckedDocument[]> {
  if (cellsDay !== null && cellsDay !== today) await moveCells(tx, generation, cellsDay, today);
  const { cells, placed } =
    marks.projectIds.length > 0
      ? await fold(tx, generation, today, marks.projectIds)
      : { cells: [], placed: true };
  if (newDay) await dropPastCells(tx, generation, today);
  if (todo === 'fold, evaluate all' || !placed) await writePlaces(tx, generation);
  if (todo === 'fold, evaluate all') return evaluateAndStore(tx, generation, today, undefined, stamp);
  return cells.length + keys.length === 0
    ? []
    : evaluateAndStore(tx, generation, today, { keys, cells }, stamp);
}

const keysOf = (documents: readonly CheckedDocument[]) => documents.map(({ key }) => key);

function nothing(outcome: 'busy' | 'idle', revision: number): RefreshResult {
  return { outcome, revision, items: [], marks: 0, plan: 'idle', scanned: false };
}

interface Work<T> {
  todo: Plan;
  state: State;
  due: DueWork;
  options: RefreshOptions & AlsoReads<T>;
  stamp: Stamp;
}

async function finish<T>(
  tx: Tx,
  { timeZone, ttlSeconds, notifications = true }: RefreshContext,
  { todo, state, due, options, stamp }: Work<T>,
  documents: readonly CheckedDocument[],
): Promise<AndRead<T>> {
  const { asOf, today, marks, newDay } = due;
  const scanned = todo === 'scan' || todo === 'recompute';
  const generation = scanned ? 0 : state.generation;
  const cellsDay = scanned ? null : today;
  const building = state.building && todo !== 'recompute';
  const changed = documents.filter((d) => d.changed);
  if (todo !== 'fold' && !newDay) await keepHistory(tx, keysOf(documents));
  const gone = todo === 'fold' ? [] : await deleteOtherDocuments(tx, keysOf(documents));
  // Half of the time to live: an often refreshed document need not be written each time to stay alive.
  const renewBelow = Math.max(ttlSeconds / 2, options.expiringWithinSeconds ?? 0);
  const renewed = documents.filter(
    (d) => !d.changed && (options.force || !d.valid || d.secondsLeft < renewBelow),
  );
  const changes = changed.length > 0 || gone.length > 0;
  const revision = changes ? stamp.revision : state.revision;

  if (renewed.length > 0) await renewDocuments(tx, keysOf(renewed), stamp);
  const marksLost = losesMarks(state, due);
  const moved =
    generation !== state.generation ||
    building !== state.building ||
    marksLost !== state.marksLost ||
    due.rewritten;
  // A full one also takes back a clock that had run ahead. Marks that changed no document count: whoever waited with a
  // snapshot of before they were folded must start again.
  const advances =
    changes || renewed.length > 0 || newDay || moved || marks.count > 0 || options.full === true;
  // Sent together, for one round trip.
  const [rewritten, , read] = await Promise.all([
    advances &&
      advanceState(tx, {
        ...{ revision, asOf, today, timeZone, generation, cellsDay, building, marksLost, files: due.files },
        schemaVersion: SCHEMA_VERSION,
        renewed: renewed.length > 0,
      }),
    changes
      ? announceChanges(tx, { revision, changed: keysOf(changed), gone }, notifications)
      : renewed.length > 0 && notify(tx, revision, []),
    options.alsoRead?.(tx),
  ]);
  if (rewritten) throw new SerializationConflictError();

  const items = documents.map(({ key, version, changed }) => {
    return { key, version: changed ? revision : (version ?? 0), changed };
  });
  return { outcome: 'done', revision, items, marks: marks.count, plan: todo, scanned, read };
}
