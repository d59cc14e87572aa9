import type { Db } from '../../db/connection.ts';

/** Ids of rows of "RealTimeEventsLog" of one type and author that are older than so many days, `limit` at most. */
export async function oldEvents(
  sql: Db,
  { eventType, author, days, limit }: { eventType: string; author: string; days: number; limit: number },
): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    SELECT "EventLogId" AS id FROM "RealTimeEventsLog"
    WHERE "EventType" = ${eventType} AND "UserName" = ${author}
      AND "CreatedAt" < clock_timestamp() - ${days} * INTERVAL '1 day'
    LIMIT ${limit}`;
  return rows.map(({ id }) => id);
}

export async function deleteEvents(tx: Db, ids: readonly string[]): Promise<number> {
  const { count } =
    await tx`DELETE FROM "RealTimeEventsLog" WHERE "EventLogId" = ANY(${ids as string[]}::uuid[])`;
  return count;
}
