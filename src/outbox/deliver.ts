import type { Sql, Tx } from '../db/connection.ts';
import { isOutage } from '../db/failures.ts';
import { transaction } from '../db/transaction.ts';
import { addMissingGroups } from './groups.ts';
import { type Due, lockQueue, readDue, trimQueue } from './queue.ts';
import { writeEvents } from './write-events.ts';
import { writeNotifications } from './write-notifications.ts';

export interface OutboxContext {
  sql: Sql;
  /** NOTIFICATIONS: whether pending rows for the hub are written. */
  notifications: boolean;
  /** NOTIFICATION_TTL_SECONDS: until when a pending row is worth sending. */
  notificationTtlSeconds: number;
}

/** No row is locked that anybody else waits for; the short bounds are for whole tables that somebody has locked. */
const BOUNDS = {
  isolation: 'read committed',
  statementMs: 5_000,
  lockMs: 1_000,
  settings: { jit: 'off' },
} as const;

/**
 * Writes what refreshes have queued into "RealTimeEventsLog" and "RealTimeNotifications", as far as it is due.
 *
 * It is a transaction of its own, READ COMMITTED: in the snapshot of a refresh (REPEATABLE READ) a row that the hub has
 * marked since would fail the whole refresh. The statement that writes a row deletes it from the queue, so it is written
 * once, by whichever node comes first: also for a node that was killed right after its refresh.
 *
 * @returns how long until something is due, in ms; undefined while nothing is queued, or another node delivers
 */
export async function deliverQueued(ctx: OutboxContext): Promise<number | undefined> {
  try {
    const next = nextInMs(await readDue(ctx.sql, ctx.notifications));
    if (next === undefined || next > 0) return next;
    const delivered = await transaction(ctx.sql, BOUNDS, (tx) => deliver(tx, ctx));
    return delivered ? nextInMs(await readDue(ctx.sql, ctx.notifications)) : undefined;
  } catch (error) {
    if (!isOutage(error)) await transaction(ctx.sql, BOUNDS, bound).catch(() => undefined);
    throw error;
  }
}

/** For when nothing can be written. */
async function bound(tx: Tx): Promise<void> {
  if (await lockQueue(tx)) await trimQueue(tx);
}

/** It reads again what is due: another node may have delivered meanwhile. */
async function deliver(tx: Tx, ctx: OutboxContext): Promise<boolean> {
  const at = await lockQueue(tx);
  if (!at) return false;
  const due = await readDue(tx, ctx.notifications);
  const event = isDue(due.eventInMs);
  const notifications = isDue(due.notificationInMs);
  if (event || notifications) await addMissingGroups(tx);
  if (notifications) await writeNotifications(tx, at, ctx.notificationTtlSeconds);
  if (event) await writeEvents(tx, at);
  return true;
}

const isDue = (inMs: number | null) => inMs !== null && inMs <= 0;

function nextInMs({ eventInMs, notificationInMs }: Due): number | undefined {
  const times = [eventInMs, notificationInMs].filter((time) => time !== null);
  return times.length > 0 ? Math.min(...times) : undefined;
}
