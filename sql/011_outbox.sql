-- What the application's real-time tables are to get (docs/adr/007). A refresh only appends here, in its own transaction,
-- so that it never waits for whoever holds rows of the application's tables.
CREATE TABLE dashboard_stats.queued_events (
    revision      bigint,
    -- Of the documents that changed or went.
    keys          text[] NOT NULL,
    processing_ms integer NOT NULL
) WITH (
    -- As for marks (009): rows live for seconds.
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_vacuum_cost_delay = 0
);
CREATE TABLE dashboard_stats.queued_notifications (
    cache_key text
) WITH (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_vacuum_cost_delay = 0
);
ALTER TABLE dashboard_stats.queued_events REPLICA IDENTITY FULL;
ALTER TABLE dashboard_stats.queued_notifications REPLICA IDENTITY FULL;

-- The node that delivers locks this row, so that one does at a time; refreshes never touch it.
CREATE TABLE dashboard_stats.outbox (
    only_row  boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    -- When "RealTimeEventsLog" last got a row.
    logged_at timestamptz
);
INSERT INTO dashboard_stats.outbox DEFAULT VALUES;

-- When a document was last announced.
CREATE TABLE dashboard_stats.notified (
    cache_key  text PRIMARY KEY,
    written_at timestamptz NOT NULL
);

-- Each second the service asks for its own pending rows: few, however many the application leaves pending.
CREATE INDEX IF NOT EXISTS "IX_RealTimeNotifications_PendingStats" ON "RealTimeNotifications" ("GroupName")
    WHERE "Status" = 0 AND "CreatedBy" = 'dashboard-stats';

-- The guide gives groups to some regions and facility types only. The id follows from the name, so that the groups which
-- the service added can be recognized.
INSERT INTO "SignalRGroups" ("GroupId", "GroupName", "GroupType", "Description", "EntityId", "IsActive", "CreatedAt")
SELECT encode(substring(sha256(convert_to('dashboard-stats ' || name, 'UTF8')) FOR 16), 'hex')::uuid,
    name, type, left(description, 500), entity_id, true, now()
FROM (
    SELECT DISTINCT ON (name) name, type, description, entity_id
    FROM (
        SELECT 'region_' || "RegionName" AS name, 'region' AS type, "RegionDisplayName" || ' updates' AS description,
            "RegionId" AS entity_id, "CreatedAt"
        FROM "ProjectRegions" WHERE "IsActive" AND length("RegionName") <= 240
        UNION ALL
        SELECT "SignalRGroupName", 'facility', "FacilityDisplayName" || ' updates', "FacilityTypeId", "CreatedAt"
        FROM "WaterFacilityTypes" WHERE "IsActive" AND "SignalRGroupName" <> '' AND length("FacilityTypeName") <= 240
    ) scope
    ORDER BY name, "CreatedAt", entity_id
) wanted
WHERE NOT EXISTS (SELECT FROM "SignalRGroups" existing WHERE existing."GroupName" = wanted.name);
