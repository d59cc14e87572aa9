/** Which settings the engine and the outbox need. */
import type { Config } from '../config.ts';
import type { Sql } from '../db/connection.ts';
import type { RefreshContext } from '../engine/refresh.ts';
import type { OutboxContext } from '../outbox/deliver.ts';

export function refreshContext(sql: Sql, config: Config): RefreshContext {
  const { STATS_TIME_ZONE: timeZone, STATS_TTL_SECONDS: ttlSeconds, ENGINE: engine } = config;
  return { sql, timeZone, ttlSeconds, engine, notifications: config.NOTIFICATIONS === 'on' };
}

export function outboxContext(sql: Sql, config: Config): OutboxContext {
  return {
    sql,
    notifications: config.NOTIFICATIONS === 'on',
    notificationTtlSeconds: config.NOTIFICATION_TTL_SECONDS,
  };
}
