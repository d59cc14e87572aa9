import type { Tx } from '../db/connection.ts';
import { AUDIENCE } from './audience.ts';

/** The id of a group that we add follows from its name, as in sql/011: it tells ours from those that others added. */
const groupId = (name: string) =>
  `encode(substring(sha256(convert_to('dashboard-stats ' || ${name}, 'UTF8')) FOR 16), 'hex')::uuid`;

const OF_SCOPES = `
  WITH ${AUDIENCE}
  SELECT DISTINCT ON (group_name) ${groupId('group_name')} AS id, group_name AS name,
    CASE type WHEN 'regional' THEN 'region' ELSE 'facility' END AS type,
    left(display_name || ' updates', 500) AS description, id AS "entityId"
  FROM audience WHERE type <> 'global'
  ORDER BY group_name, key COLLATE "C"`;

/**
 * Adds those that "SignalRGroups" does not have, for regions and facility types that came after the migration. Names are
 * compared exactly: SignalR minds the case of letters.
 */
export async function addMissingGroups(tx: Tx): Promise<void> {
  await tx`
    INSERT INTO "SignalRGroups"
      ("GroupId", "GroupName", "GroupType", "Description", "EntityId", "IsActive", "CreatedAt")
    SELECT id, name, type, description, "entityId", true, clock_timestamp()
    FROM (${tx.unsafe(OF_SCOPES)}) wanted
    WHERE NOT EXISTS (SELECT FROM "SignalRGroups" WHERE "GroupName" = name)
    -- Somebody may have given ours another name.
    ON CONFLICT DO NOTHING`;
}
