import type { Db } from '../../db/connection.ts';

/** Ids of rows of "RealTimeNotifications" of these methods and this author past their "ExpiresAt", `limit` at most. */
export async function expiredNotifications(
  sql: Db,
  { methods, author, limit }: { methods: readonly string[]; author: string; limit: number },
): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    SELECT "NotificationId" AS id FROM "RealTimeNotifications"
    WHERE "CreatedBy" = ${author} AND "EventType" = ANY(${methods as string[]}::text[])
      AND "ExpiresAt" < clock_timestamp()
    LIMIT ${limit}`;
  return rows.map(({ id }) => id);
}

/** Those that the hub holds stay for the next time. */
export async function deleteNotifications(tx: Db, ids: readonly string[]): Promise<number> {
  const { count } = await tx`
    WITH free AS MATERIALIZED (
      SELECT "NotificationId" AS id FROM "RealTimeNotifications"
      WHERE "NotificationId" = ANY(${ids as string[]}::uuid[]) FOR UPDATE SKIP LOCKED
    )
    DELETE FROM "RealTimeNotifications" WHERE "NotificationId" IN (SELECT id FROM free)`;
  return count;
}
