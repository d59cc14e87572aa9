-- Schema 2.2: what dashboard-stats itself needs. All of it lives in a schema of its own (which holds the table of
-- migrations too, and so is there already), so that nothing of the application's can collide with it.

-- The one row that orders everything. Whoever refreshes or invalidates locks it first (a row lock works through
-- PgBouncer and Hyperdrive, a session advisory lock does not).
CREATE TABLE dashboard_stats.state (
    only_row       boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    epoch          uuid NOT NULL DEFAULT gen_random_uuid(),
    revision       bigint NOT NULL DEFAULT 0,
    -- Rises whenever an "ExpiresAt" moves without a revision, so that every node notices.
    renewals       bigint NOT NULL DEFAULT 0,
    schema_version integer NOT NULL DEFAULT 0,
    time_zone      text,
    -- Neither ever goes back, whatever the server's clock does.
    as_of          timestamptz,
    local_date     date,
    -- Which server start and which file of this row the epoch belongs to. A restored backup, or a failover to a replica
    -- that was behind, issues a revision a second time with other content. Both change this value, and the next refresh
    -- then begins a new epoch, so that nobody who remembers the first revision (an event stream's Last-Event-ID) misses
    -- a change.
    incarnation    text,
    -- The contributions and cells in use: tables contributions_N, totals_N and others, which a build creates
    -- (engine/cells.ts). 0: none, and each refresh scans.
    generation     bigint NOT NULL DEFAULT 0,
    -- The local date that these cells are of: a fold on a later day moves them to it first. It is local_date but between
    -- the end of a build and the refresh after it.
    cells_day      date,
    -- Cells are built beside the refreshes, which scan meanwhile. `builds` numbers the builds, and so the tables that
    -- each creates. A refresh that finds `building` sets the marks that it takes aside.
    builds         bigint NOT NULL DEFAULT 0,
    building       boolean NOT NULL DEFAULT false,
    -- false after `migrate --no-triggers`: then only expiry, cron and POST /events make a change show.
    wants_triggers boolean NOT NULL DEFAULT true,
    -- Triggers that are wanted were found missing or disabled: changes since then may have left no mark. The first refresh
    -- after they are back computes everything from the base tables.
    marks_lost     boolean NOT NULL DEFAULT false
);

-- Projects whose figures may have changed since they were last computed. null stands for all of them, the id that is all
-- zeros for a change of the regions or facility types. A mark commits together with its change. There is no key and no
-- index: the application's write pays for an append only.
CREATE TABLE dashboard_stats.marks (
    project_id uuid
) WITH (
    -- Rows live for milliseconds: vacuum by count, not by share of the table, and without throttling.
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_vacuum_cost_delay = 0
);
-- Without it a publication FOR ALL TABLES would make every DELETE here fail.
ALTER TABLE dashboard_stats.marks REPLICA IDENTITY FULL;

-- Marks that were taken while cells are built, which may or may not hold those changes already. The first fold after the
-- build takes them.
CREATE TABLE dashboard_stats.late_marks (
    project_id uuid
);
ALTER TABLE dashboard_stats.late_marks REPLICA IDENTITY FULL;

-- What a served document holds beyond its row in "DashboardStatsCache".
CREATE TABLE dashboard_stats.documents (
    cache_key    varchar(255) PRIMARY KEY,
    display_name text NOT NULL,
    checked_at   timestamptz NOT NULL
);

-- One row per run of a job. The unique key is the claim: of all nodes one inserts it (guarantee G9).
CREATE TABLE dashboard_stats.job_runs (
    run_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job          text NOT NULL,
    scheduled_at timestamptz NOT NULL,
    started_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at  timestamptz,
    outcome      text CHECK (outcome IN ('succeeded', 'failed')),
    detail       text,
    node         text NOT NULL,
    -- Updated every few seconds while the job runs. A run with an old heartbeat has lost its node, and another node
    -- takes it over.
    heartbeat_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (job, scheduled_at)
);
-- A job never overlaps itself, on whatever node.
CREATE UNIQUE INDEX job_runs_one_at_a_time ON dashboard_stats.job_runs (job) WHERE finished_at IS NULL;

-- Of several rows of one of our keys the one with the highest Version stays (the newest of equals); rows of other
-- CacheTypes are the application's and are neither read nor indexed.
DELETE FROM "DashboardStatsCache" older
USING (
    SELECT "CacheId", row_number() OVER (
        PARTITION BY "CacheKey" ORDER BY "Version" DESC NULLS LAST, "LastCalculated" DESC, "CacheId"
    ) AS place
    FROM "DashboardStatsCache"
    WHERE "CacheType" IN ('global', 'regional', 'facility') AND "CacheKey" IS NOT NULL
) ranked
WHERE older."CacheId" = ranked."CacheId" AND ranked.place > 1;

CREATE UNIQUE INDEX IF NOT EXISTS "UX_DashboardStatsCache_CacheKey" ON "DashboardStatsCache" ("CacheKey")
    WHERE "CacheType" IN ('global', 'regional', 'facility');

-- Each poll asks whether any document is invalid.
CREATE INDEX IF NOT EXISTS "IX_DashboardStatsCache_Invalid" ON "DashboardStatsCache" ("CacheKey")
    WHERE NOT "IsValid" AND "CacheType" IN ('global', 'regional', 'facility');

-- Revisions start above every Version that is already there, so that a key's version always rises.
INSERT INTO dashboard_stats.state (revision)
SELECT coalesce(max("Version"), 0) FROM "DashboardStatsCache" WHERE "CacheType" IN ('global', 'regional', 'facility');

-- The first refresh computes everything.
INSERT INTO dashboard_stats.marks (project_id) VALUES (NULL);
