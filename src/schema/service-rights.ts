/** What the role of the running service needs after the migration, and no more. docs/rights.md grants it. */

/** Of a single column where one is named. */
export type Right = readonly [privilege: string, table: string, column?: string];

/** On tables of the application's schema, where it also needs USAGE. */
export const applicationRights: readonly Right[] = [
  ['SELECT', 'Projects'],
  ['UPDATE', 'Projects', 'LastActivityAt'],
  ['SELECT', 'Users', 'UserId'],
  ['SELECT', 'ProjectActivityFeed'],
  ['INSERT', 'ProjectActivityFeed'],
  ['SELECT', 'ProjectStatusHistory'],
  ['SELECT', 'ProjectRegions'],
  ['SELECT', 'WaterFacilityTypes'],
  ['SELECT', 'DashboardStatsCache'],
  ['INSERT', 'DashboardStatsCache'],
  ['UPDATE', 'DashboardStatsCache'],
  ['DELETE', 'DashboardStatsCache'],
  ['SELECT', 'RealTimeEventsLog'],
  ['INSERT', 'RealTimeEventsLog'],
  ['DELETE', 'RealTimeEventsLog'],
  ['SELECT', 'RealTimeNotifications'],
  ['INSERT', 'RealTimeNotifications'],
  ['DELETE', 'RealTimeNotifications'],
  // Nothing is updated: SELECT ... FOR UPDATE SKIP LOCKED asks for it.
  ['UPDATE', 'RealTimeNotifications', 'Status'],
  ['SELECT', 'SignalRGroups'],
  ['INSERT', 'SignalRGroups'],
];

/** On every table of the schema dashboard_stats, where it also needs USAGE. */
export const ownRights = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] as const;
