/** The indexes that a migrated database must have. As in schema.ts, a test keeps them true. */

/** Table, name, and what is indexed; a B-tree each. */
export type Index = readonly [table: string, name: string, definition: string];

const PENDING = `"Status" = 0 AND "CreatedBy" = 'dashboard-stats'`;
const OURS = `"CacheType" = ANY (ARRAY['global', 'regional', 'facility'])`;

export const expectedIndexes: readonly Index[] = [
  ['Projects', 'IX_Projects_Region', '("Region")'],
  ['Projects', 'IX_Projects_Province', '("Province")'],
  ['Projects', 'IX_Projects_FacilityType', '("FacilityType")'],
  ['Projects', 'IX_Projects_LastActivityAt', '("LastActivityAt")'],
  ['Projects', 'IX_Projects_CompletionPercentage', '("CompletionPercentage")'],
  ['Projects', 'IX_Projects_Location', '("Latitude", "Longitude")'],
  ['Projects', 'IX_Projects_RealTimeEnabled', '("RealTimeEnabled")'],
  ['UserConnections', 'IX_UserConnections_UserId', '("UserId")'],
  ['UserConnections', 'IX_UserConnections_SignalRConnectionId', '("SignalRConnectionId")'],
  ['UserConnections', 'IX_UserConnections_IsActive', '("IsActive")'],
  ['UserConnections', 'IX_UserConnections_LastHeartbeat', '("LastHeartbeat")'],
  ['RealTimeNotifications', 'IX_RealTimeNotifications_UserId', '("UserId")'],
  ['RealTimeNotifications', 'IX_RealTimeNotifications_Status', '("Status")'],
  ['RealTimeNotifications', 'IX_RealTimeNotifications_EventType', '("EventType")'],
  ['RealTimeNotifications', 'IX_RealTimeNotifications_EntityType_EntityId', '("EntityType", "EntityId")'],
  ['RealTimeNotifications', 'IX_RealTimeNotifications_CreatedAt', '("CreatedAt")'],
  ['RealTimeNotifications', 'IX_RealTimeNotifications_Priority', '("Priority")'],
  ['RealTimeNotifications', 'IX_RealTimeNotifications_PendingStats', `("GroupName") WHERE ${PENDING}`],
  ['ProjectStatusHistory', 'IX_ProjectStatusHistory_ProjectId', '("ProjectId")'],
  ['ProjectStatusHistory', 'IX_ProjectStatusHistory_ChangedAt', '("ChangedAt")'],
  ['ProjectLocationHistory', 'IX_ProjectLocationHistory_ProjectId', '("ProjectId")'],
  ['ProjectActivityFeed', 'IX_ProjectActivityFeed_ProjectId', '("ProjectId")'],
  ['ProjectActivityFeed', 'IX_ProjectActivityFeed_CreatedAt', '("CreatedAt")'],
  ['DashboardStatsCache', 'UX_DashboardStatsCache_CacheKey', `UNIQUE ("CacheKey") WHERE ${OURS}`],
  ['DashboardStatsCache', 'IX_DashboardStatsCache_Invalid', `("CacheKey") WHERE NOT "IsValid" AND ${OURS}`],
];

/**
 * A definition without what depends on the type of a column and on the version of the server: casts and parentheses.
 * Takes one of the above, or what pg_get_indexdef() prints.
 */
export function canonicalIndex(definition: string): string {
  return definition
    .replace(/^CREATE (UNIQUE )?INDEX .*? USING (btree )?/, '$1')
    .replace(/::[a-z]+( varying)?(\[\])?/g, '')
    .replace(/[()]/g, '');
}
