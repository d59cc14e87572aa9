import { textOf } from '../db/columns.ts';
import { SCOPES } from '../engine/scopes.ts';

/** In "CreatedBy" and "UserName": marks our rows in the application's tables. */
export const WRITTEN_BY = 'dashboard-stats';

/** "EventType" of what we write into "RealTimeEventsLog". */
export const OUR_EVENTS: readonly string[] = ['StatsRefreshed', 'StatsInvalidated'];

/** "EventType" of our notifications: the methods that the hub calls on the application's clients. */
const METHODS = {
  global: 'ProjectStatsUpdated',
  regional: 'RegionalProjectUpdate',
  facility: 'WaterFacilityUpdate',
} as const;
export const OUR_METHODS: readonly string[] = Object.values(METHODS);

/**
 * Who is notified of which document, as CTEs of a WITH: SCOPES and `audience` (key, type, id, name, display_name, method,
 * group_name). A facility type without a group of its own has none; two that share one are two rows.
 */
export const AUDIENCE = `${SCOPES},
  audience AS (
    SELECT scope.*, '${METHODS.global}' AS method, 'all_users' AS group_name FROM scope WHERE type = 'global'
    UNION ALL
    SELECT scope.*, '${METHODS.regional}', 'region_' || name FROM scope WHERE type = 'regional'
    UNION ALL
    SELECT scope.*, '${METHODS.facility}', ${textOf('"SignalRGroupName"')}
    FROM scope JOIN "WaterFacilityTypes" ON "FacilityTypeId" = id
    WHERE type = 'facility' AND "SignalRGroupName" <> ''
  )`;
