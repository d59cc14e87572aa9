import type { Sql, Tx } from '../db/connection.ts';
import { transaction } from '../db/transaction.ts';
import { addMissingGroups } from './add-groups.ts';
import { boundOutbox } from './bound-outbox.ts';
import { lockOutbox } from './lock-outbox.ts';
import { outboxDue } from './outbox-due.ts';
import { writeEvent } from './write-event.ts';
import { writeNotifications } from './write-notifications.ts';

export interface OutboxContext {
  sql: Sql;
  /** NOTIFICATIONS: whether pending rows for the hub are written. */
  notifications: boolean;
  /** NOTIFICATION_TTL_SECONDS: until when a pending row is worth sending. */
  notificationTtlSeconds: number;
}

/** It locks no row that anybody else waits for, but somebody may have locked a whole table. */
const BOUNDS = {
  isolation: 'read committed',
  statementMs: 5_000,
  lockMs: 1_000,
  settings: { jit: 'off' },
} as const;

/**
 * Writes what refreshes owe to "RealTimeEventsLog" and "RealTimeNotifications", as far as it is due.
 *
 * A transaction of its own, READ COMMITTED: in the refresh's snapshot (REPEATABLE READ) a row that the hub has marked
 * since would fail the whole refresh. What is owed is deleted by the statement that writes it, so it is written
 * once, and by whichever node comes first: also for a node that was killed right after its refresh.
 *
 * @returns how long until something is due, in ms; undefined while nothing is owed, or another node is at it
 */
export async function flushOutbox(ctx: OutboxContext): Promise<number | undefined> {
  const due = await outboxDue(ctx.sql, ctx.notifications);
  const next = earlier(due.eventInMs, due.notificationInMs);
  if (next === undefined || next > 0) return next;
  const paid = await transaction(ctx.sql, BOUNDS, (tx) => pay(tx, ctx));
  if (!paid) return undefined;
  const left = await outboxDue(ctx.sql, ctx.notifications);
  return earlier(left.eventInMs, left.notificationInMs);
}

/** For when it cannot be written: what is owed stays small, however long that lasts. */
export async function shrinkOutbox({ sql }: OutboxContext): Promise<void> {
  const work = async (tx: Tx) => {
    if (await lockOutbox(tx)) await boundOutbox(tx);
  };
  await transaction(sql, BOUNDS, work);
}

/** Looks again at what is due: another node may have paid meanwhile. */
async function pay(tx: Tx, ctx: OutboxContext): Promise<boolean> {
  const at = await lockOutbox(tx);
  if (!at) return false;
  const { eventInMs, notificationInMs } = await outboxDue(tx, ctx.notifications);
  const event = eventInMs !== null && eventInMs <= 0;
  const notifications = notificationInMs !== null && notificationInMs <= 0;
  if (event || notifications) await addMissingGroups(tx);
  if (notifications) await writeNotifications(tx, at, ctx.notificationTtlSeconds);
  if (event) await writeEvent(tx, at);
  return true;
}

function earlier(a: number | null, b: number | null): number | undefined {
  const times = [a, b].filter((time) => time !== null);
  return times.length > 0 ? Math.min(...times) : undefined;
}
