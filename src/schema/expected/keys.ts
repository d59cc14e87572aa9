/** The foreign keys and checks that a migrated database must have. As in schema.ts, a test keeps them true. */

/** Child table, its column, parent table, delete rule. The key points at the first column of the parent. */
export type ForeignKey = readonly [
  child: string,
  column: string,
  parent: string,
  deleteRule: 'CASCADE' | 'SET NULL',
];

export const expectedForeignKeys: readonly ForeignKey[] = [
  ['Projects', 'ProjectManagerId', 'Users', 'SET NULL'],
  ['Projects', 'CreatedById', 'Users', 'SET NULL'],
  ['UserConnections', 'UserId', 'Users', 'CASCADE'],
  ['RealTimeNotifications', 'UserId', 'Users', 'CASCADE'],
  ['SignalRGroupMemberships', 'GroupId', 'SignalRGroups', 'CASCADE'],
  ['SignalRGroupMemberships', 'UserId', 'Users', 'CASCADE'],
  ['SignalRGroupMemberships', 'ConnectionId', 'UserConnections', 'SET NULL'],
  ['ProjectStatusHistory', 'ProjectId', 'Projects', 'CASCADE'],
  ['ProjectStatusHistory', 'ChangedByUserId', 'Users', 'SET NULL'],
  ['ProjectLocationHistory', 'ProjectId', 'Projects', 'CASCADE'],
  ['ProjectLocationHistory', 'ChangedByUserId', 'Users', 'SET NULL'],
  ['ProjectActivityFeed', 'ProjectId', 'Projects', 'CASCADE'],
  ['ProjectActivityFeed', 'PerformedByUserId', 'Users', 'SET NULL'],
  ['ProjectRegionAssignments', 'ProjectId', 'Projects', 'CASCADE'],
  ['ProjectRegionAssignments', 'RegionId', 'ProjectRegions', 'CASCADE'],
  ['ProjectFacilityAssignments', 'ProjectId', 'Projects', 'CASCADE'],
  ['ProjectFacilityAssignments', 'FacilityTypeId', 'WaterFacilityTypes', 'CASCADE'],
  ['ProjectFacilityAssignments', 'VerifiedByUserId', 'Users', 'SET NULL'],
  ['RealTimeEventsLog', 'UserId', 'Users', 'SET NULL'],
];

/** Table and definition, as pg_get_constraintdef() prints it. */
export type CheckConstraint = readonly [table: string, definition: string];

export const expectedChecks: readonly CheckConstraint[] = [
  [
    'Projects',
    'CHECK ((("CompletionPercentage" >= (0)::numeric) AND ("CompletionPercentage" <= (100)::numeric)))',
  ],
];
