import type { Db } from '../../db/connection.ts';

/** Marks connections as inactive whose last heartbeat is so long ago, `limit` at most; those that the hub holds stay. */
export async function reapConnections(
  tx: Db,
  { seconds, limit }: { seconds: number; limit: number },
): Promise<number> {
  const { count } = await tx`
    WITH silent AS MATERIALIZED (
      SELECT "ConnectionId" AS id FROM "UserConnections"
      WHERE "IsActive" AND "LastHeartbeat" < clock_timestamp() - ${seconds} * INTERVAL '1 second'
      ORDER BY "LastHeartbeat" LIMIT ${limit} FOR UPDATE SKIP LOCKED
    )
    UPDATE "UserConnections" SET "IsActive" = false, "DisconnectedAt" = clock_timestamp()
    WHERE "ConnectionId" IN (SELECT id FROM silent)`;
  return count;
}

/** Marks memberships as left whose connection is inactive and has been silent for so long, `limit` at most. */
export async function leaveGroups(
  tx: Db,
  { seconds, limit }: { seconds: number; limit: number },
): Promise<number> {
  const { count } = await tx`
    WITH gone AS MATERIALIZED (
      SELECT "MembershipId" AS id FROM "SignalRGroupMemberships" m
      WHERE "IsActive" AND EXISTS (
        SELECT FROM "UserConnections" c WHERE c."ConnectionId" = m."ConnectionId" AND NOT c."IsActive"
          AND c."LastHeartbeat" < clock_timestamp() - ${seconds} * INTERVAL '1 second')
      LIMIT ${limit} FOR UPDATE OF m SKIP LOCKED
    )
    UPDATE "SignalRGroupMemberships" SET "IsActive" = false, "LeftAt" = clock_timestamp()
    WHERE "MembershipId" IN (SELECT id FROM gone)`;
  return count;
}
