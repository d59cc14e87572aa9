-- Step 3 of the guide: the history and the activity of projects.
-- Keys and defaults below, as in 003.

CREATE TABLE IF NOT EXISTS "ProjectStatusHistory" (
    "StatusHistoryId" UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    "ProjectId" UUID NOT NULL,
    "OldStatus" INTEGER NOT NULL,
    "NewStatus" INTEGER NOT NULL,
    "ChangedAt" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
    "ChangedByUserId" UUID,
    "ChangedByUserName" VARCHAR(255),
    "ChangeReason" VARCHAR(1000),
    "CompletionPercentage" DECIMAL(5,2),
    "ActualEndDate" TIMESTAMP WITH TIME ZONE,
    "EstimatedEndDate" TIMESTAMP WITH TIME ZONE,
    "Notes" VARCHAR(2000),
    "RealTimeNotificationSent" BOOLEAN NOT NULL DEFAULT FALSE,
    "NotificationRecipients" JSONB NOT NULL DEFAULT '[]'
);

CREATE TABLE IF NOT EXISTS "ProjectLocationHistory" (
    "LocationHistoryId" UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    "ProjectId" UUID NOT NULL,
    "OldLatitude" DECIMAL(10,7),
    "OldLongitude" DECIMAL(10,7),
    "NewLatitude" DECIMAL(10,7),
    "NewLongitude" DECIMAL(10,7),
    "OldAddress" VARCHAR(500),
    "NewAddress" VARCHAR(500),
    "ChangedAt" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
    "ChangedByUserId" UUID,
    "ChangedByUserName" VARCHAR(255),
    "ChangeMethod" VARCHAR(100) NOT NULL,
    "AccuracyMeters" DECIMAL(8,2),
    "DataSource" VARCHAR(255),
    "RealTimeNotificationSent" BOOLEAN NOT NULL DEFAULT FALSE,
    "GeofenceAlerts" JSONB NOT NULL DEFAULT '[]'
);

CREATE TABLE IF NOT EXISTS "ProjectActivityFeed" (
    "ActivityId" UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    "ProjectId" UUID NOT NULL,
    "ActivityType" VARCHAR(100) NOT NULL,
    "EntityType" VARCHAR(100) NOT NULL,
    "EntityId" UUID NOT NULL,
    "Title" VARCHAR(255) NOT NULL,
    "Description" VARCHAR(1000) NOT NULL,
    "PerformedByUserId" UUID,
    "PerformedByUserName" VARCHAR(255),
    "ActivityData" JSONB NOT NULL DEFAULT '{}',
    "Severity" INTEGER NOT NULL DEFAULT 1,
    "IsVisible" BOOLEAN NOT NULL DEFAULT TRUE,
    "CreatedAt" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
    "RealTimeNotificationSent" BOOLEAN NOT NULL DEFAULT FALSE,
    "AggregatedCount" INTEGER NOT NULL DEFAULT 1,
    "LastAggregatedAt" TIMESTAMP WITH TIME ZONE
);

SELECT dashboard_stats.ensure_defaults(ARRAY[
    ['ProjectStatusHistory', 'StatusHistoryId', 'gen_random_uuid()'],
    ['ProjectStatusHistory', 'ChangedAt', 'NOW()'],
    ['ProjectStatusHistory', 'RealTimeNotificationSent', 'FALSE'],
    ['ProjectStatusHistory', 'NotificationRecipients', $$'[]'$$],
    ['ProjectLocationHistory', 'LocationHistoryId', 'gen_random_uuid()'],
    ['ProjectLocationHistory', 'ChangedAt', 'NOW()'],
    ['ProjectLocationHistory', 'RealTimeNotificationSent', 'FALSE'],
    ['ProjectLocationHistory', 'GeofenceAlerts', $$'[]'$$],
    ['ProjectActivityFeed', 'ActivityId', 'gen_random_uuid()'],
    ['ProjectActivityFeed', 'ActivityData', $$'{}'$$],
    ['ProjectActivityFeed', 'Severity', '1'],
    ['ProjectActivityFeed', 'IsVisible', 'TRUE'],
    ['ProjectActivityFeed', 'CreatedAt', 'NOW()'],
    ['ProjectActivityFeed', 'RealTimeNotificationSent', 'FALSE'],
    ['ProjectActivityFeed', 'AggregatedCount', '1']
]);

SELECT dashboard_stats.ensure_foreign_key('ProjectStatusHistory', 'ProjectId', 'Projects', 'ProjectId', 'CASCADE');
SELECT dashboard_stats.ensure_foreign_key('ProjectStatusHistory', 'ChangedByUserId', 'Users', 'UserId', 'SET NULL');
SELECT dashboard_stats.ensure_foreign_key('ProjectLocationHistory', 'ProjectId', 'Projects', 'ProjectId', 'CASCADE');
SELECT dashboard_stats.ensure_foreign_key('ProjectLocationHistory', 'ChangedByUserId', 'Users', 'UserId', 'SET NULL');
SELECT dashboard_stats.ensure_foreign_key('ProjectActivityFeed', 'ProjectId', 'Projects', 'ProjectId', 'CASCADE');
SELECT dashboard_stats.ensure_foreign_key('ProjectActivityFeed', 'PerformedByUserId', 'Users', 'UserId', 'SET NULL');
