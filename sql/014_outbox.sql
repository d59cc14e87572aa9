-- What refreshes owe to the application's real-time tables (docs/adr/007). A refresh only appends here, in its own
-- transaction: whatever holds rows of the application's tables, it waits for nobody.
CREATE TABLE dashboard_stats.owed_events (
    revision      bigint,
    -- Of the documents that changed or went.
    keys          text[] NOT NULL,
    processing_ms integer NOT NULL
) WITH (
    -- As of marks (009): rows live for seconds.
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_vacuum_cost_delay = 0
);
CREATE TABLE dashboard_stats.owed_notifications (
    cache_key text
) WITH (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_vacuum_cost_delay = 0
);
ALTER TABLE dashboard_stats.owed_events REPLICA IDENTITY FULL;
ALTER TABLE dashboard_stats.owed_notifications REPLICA IDENTITY FULL;

-- Whoever pays locks this row, so that one node does at a time; refreshes never look at it.
CREATE TABLE dashboard_stats.outbox (
    only_row  boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    -- When "RealTimeEventsLog" last got a row.
    logged_at timestamptz
);
INSERT INTO dashboard_stats.outbox DEFAULT VALUES;

-- When a document was last told of.
CREATE TABLE dashboard_stats.notified (
    cache_key  text PRIMARY KEY,
    written_at timestamptz NOT NULL
);

-- The few rows that are looked for each second, however many the application leaves pending.
CREATE INDEX "IX_RealTimeNotifications_PendingStats" ON "RealTimeNotifications" ("GroupName")
    WHERE "Status" = 0 AND "CreatedBy" = 'dashboard-stats';

-- The guide gives groups to some regions and facility types only. The id follows from the name, so that it is known what
-- the service added later, too.
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
