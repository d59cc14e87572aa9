-- Step 2 of the guide: SignalR connections, groups and notifications.
-- Keys and defaults stand below the tables, so that a table which was here before gets those that it lacks.

CREATE TABLE IF NOT EXISTS "UserConnections" (
    "ConnectionId" UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    "UserId" UUID NOT NULL,
    "SignalRConnectionId" VARCHAR(255) NOT NULL,
    "UserAgent" VARCHAR(500),
    "IpAddress" VARCHAR(45),
    "ConnectedAt" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
    "LastHeartbeat" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
    "IsActive" BOOLEAN NOT NULL DEFAULT TRUE,
    "DisconnectedAt" TIMESTAMP WITH TIME ZONE,
    "SessionData" JSONB
);

CREATE TABLE IF NOT EXISTS "RealTimeNotifications" (
    "NotificationId" UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    "UserId" UUID,
    "GroupName" VARCHAR(255),
    "EventType" VARCHAR(100) NOT NULL,
    "EntityType" VARCHAR(100) NOT NULL,
    "EntityId" UUID NOT NULL,
    "Title" VARCHAR(255) NOT NULL,
    "Message" VARCHAR(2000) NOT NULL,
    "Data" JSONB NOT NULL DEFAULT '{}',
    "Priority" INTEGER NOT NULL DEFAULT 1,
    "Status" INTEGER NOT NULL DEFAULT 0,
    "CreatedBy" VARCHAR(255),
    "CreatedAt" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
    "SentAt" TIMESTAMP WITH TIME ZONE,
    "DeliveredAt" TIMESTAMP WITH TIME ZONE,
    "ReadAt" TIMESTAMP WITH TIME ZONE,
    "ErrorMessage" VARCHAR(1000),
    "RetryCount" INTEGER NOT NULL DEFAULT 0,
    "MaxRetries" INTEGER NOT NULL DEFAULT 3,
    "ExpiresAt" TIMESTAMP WITH TIME ZONE
);

CREATE TABLE IF NOT EXISTS "SignalRGroups" (
    "GroupId" UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    "GroupName" VARCHAR(255) NOT NULL,
    "GroupType" VARCHAR(100) NOT NULL,
    "Description" VARCHAR(500),
    "EntityId" UUID,
    "IsActive" BOOLEAN NOT NULL DEFAULT TRUE,
    "CreatedAt" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
    "UpdatedAt" TIMESTAMP WITH TIME ZONE
);

CREATE TABLE IF NOT EXISTS "SignalRGroupMemberships" (
    "MembershipId" UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    "GroupId" UUID NOT NULL,
    "UserId" UUID NOT NULL,
    "ConnectionId" UUID,
    "JoinedAt" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
    "LeftAt" TIMESTAMP WITH TIME ZONE,
    "IsActive" BOOLEAN NOT NULL DEFAULT TRUE,
    "MembershipData" JSONB
);

SELECT dashboard_stats.ensure_defaults(ARRAY[
    ['UserConnections', 'ConnectionId', 'gen_random_uuid()'],
    ['UserConnections', 'ConnectedAt', 'NOW()'],
    ['UserConnections', 'LastHeartbeat', 'NOW()'],
    ['UserConnections', 'IsActive', 'TRUE'],
    ['RealTimeNotifications', 'NotificationId', 'gen_random_uuid()'],
    ['RealTimeNotifications', 'Data', $$'{}'$$],
    ['RealTimeNotifications', 'Priority', '1'],
    ['RealTimeNotifications', 'Status', '0'],
    ['RealTimeNotifications', 'CreatedAt', 'NOW()'],
    ['RealTimeNotifications', 'RetryCount', '0'],
    ['RealTimeNotifications', 'MaxRetries', '3'],
    ['SignalRGroups', 'GroupId', 'gen_random_uuid()'],
    ['SignalRGroups', 'IsActive', 'TRUE'],
    ['SignalRGroups', 'CreatedAt', 'NOW()'],
    ['SignalRGroupMemberships', 'MembershipId', 'gen_random_uuid()'],
    ['SignalRGroupMemberships', 'JoinedAt', 'NOW()'],
    ['SignalRGroupMemberships', 'IsActive', 'TRUE']
]);

SELECT dashboard_stats.ensure_foreign_key('UserConnections', 'UserId', 'Users', 'UserId', 'CASCADE');
SELECT dashboard_stats.ensure_foreign_key('RealTimeNotifications', 'UserId', 'Users', 'UserId', 'CASCADE');
SELECT dashboard_stats.ensure_foreign_key('SignalRGroupMemberships', 'GroupId', 'SignalRGroups', 'GroupId', 'CASCADE');
SELECT dashboard_stats.ensure_foreign_key('SignalRGroupMemberships', 'UserId', 'Users', 'UserId', 'CASCADE');
SELECT dashboard_stats.ensure_foreign_key('SignalRGroupMemberships', 'ConnectionId', 'UserConnections', 'ConnectionId', 'SET NULL');
