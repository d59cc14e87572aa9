-- Step 5 of the guide: the cache of statistics and the log of events.
-- Keys and defaults below, as in 003.

CREATE TABLE IF NOT EXISTS "DashboardStatsCache" (
    "CacheId" UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    "CacheKey" VARCHAR(255) NOT NULL,
    "CacheType" VARCHAR(100) NOT NULL,
    "EntityId" UUID,
    "Statistics" JSONB NOT NULL DEFAULT '{}',
    "LastCalculated" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
    "ExpiresAt" TIMESTAMP WITH TIME ZONE NOT NULL,
    "Version" INTEGER NOT NULL DEFAULT 1,
    "IsValid" BOOLEAN NOT NULL DEFAULT TRUE
);

CREATE TABLE IF NOT EXISTS "RealTimeEventsLog" (
    "EventLogId" UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    "EventType" VARCHAR(100) NOT NULL,
    "EntityType" VARCHAR(100) NOT NULL,
    "EntityId" UUID NOT NULL,
    "UserId" UUID,
    "UserName" VARCHAR(255),
    "EventData" JSONB NOT NULL DEFAULT '{}',
    "Recipients" JSONB NOT NULL DEFAULT '[]',
    "BroadcastGroups" JSONB NOT NULL DEFAULT '[]',
    "DeliveryStatus" INTEGER NOT NULL DEFAULT 0,
    "ProcessingTimeMs" INTEGER,
    "ErrorDetails" VARCHAR(2000),
    "CreatedAt" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
    "ProcessedAt" TIMESTAMP WITH TIME ZONE
);

SELECT dashboard_stats.ensure_defaults(ARRAY[
    ['DashboardStatsCache', 'CacheId', 'gen_random_uuid()'],
    ['DashboardStatsCache', 'Statistics', $$'{}'$$],
    ['DashboardStatsCache', 'LastCalculated', 'NOW()'],
    ['DashboardStatsCache', 'Version', '1'],
    ['DashboardStatsCache', 'IsValid', 'TRUE'],
    ['RealTimeEventsLog', 'EventLogId', 'gen_random_uuid()'],
    ['RealTimeEventsLog', 'EventData', $$'{}'$$],
    ['RealTimeEventsLog', 'Recipients', $$'[]'$$],
    ['RealTimeEventsLog', 'BroadcastGroups', $$'[]'$$],
    ['RealTimeEventsLog', 'DeliveryStatus', '0'],
    ['RealTimeEventsLog', 'CreatedAt', 'NOW()']
]);

SELECT dashboard_stats.ensure_foreign_key('RealTimeEventsLog', 'UserId', 'Users', 'UserId', 'SET NULL');
