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
    -- Of the contributions and cells below; 0: none is in use, and the next refresh rebuilds.
    generation     smallint NOT NULL DEFAULT 0 CHECK (generation IN (0, 1, 2)),
    -- false after `migrate --no-triggers`: then nothing but expiry, cron and POST /events tells of a change.
    wants_triggers boolean NOT NULL DEFAULT true
);

-- Projects whose figures may have changed since they were last computed; null stands for all of them. A mark commits
-- together with the change that it tells of. No key and no index: an append is all that the application's write pays.
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
    UNIQUE (job, scheduled_at)
);

-- Of several rows of one of our keys the one with the highest Version stays (the newest of equals); rows of other
-- CacheTypes are the application's and are neither looked at nor indexed.
DELETE FROM "DashboardStatsCache" older
USING (
    SELECT "CacheId", row_number() OVER (
        PARTITION BY "CacheKey" ORDER BY "Version" DESC NULLS LAST, "LastCalculated" DESC, "CacheId"
    ) AS place
    FROM "DashboardStatsCache"
    WHERE "CacheType" IN ('global', 'regional', 'facility') AND "CacheKey" IS NOT NULL
) ranked
WHERE older."CacheId" = ranked."CacheId" AND ranked.place > 1;

CREATE UNIQUE INDEX "UX_DashboardStatsCache_CacheKey" ON "DashboardStatsCache" ("CacheKey")
    WHERE "CacheType" IN ('global', 'regional', 'facility');

-- Each poll asks whether any document is invalid.
CREATE INDEX "IX_DashboardStatsCache_Invalid" ON "DashboardStatsCache" ("CacheKey")
    WHERE NOT "IsValid" AND "CacheType" IN ('global', 'regional', 'facility');

-- Revisions start above every Version that is already there, so that a key's version always rises.
INSERT INTO dashboard_stats.state (revision)
SELECT coalesce(max("Version"), 0) FROM "DashboardStatsCache" WHERE "CacheType" IN ('global', 'regional', 'facility');

-- The first refresh computes everything.
INSERT INTO dashboard_stats.marks (project_id) VALUES (NULL);

-- What the incremental engine keeps: each project's contribution, and cells, the sums of contributions by scope. Only
-- a refresh writes here, under the lock of the state row, so ON CONFLICT never meets another writer.
--
-- There are two generations, of which dashboard_stats.state names the one that is in use. A rebuild fills the other
-- one and switches: what was there stays true for whoever still reads it.
-- Amounts are numeric: NaN and infinity are kept out before they get here, and nothing overflows.

-- What a project counts for: a row of engine/contribution.ts, by the scopes it belongs to. null: in none on that axis.
CREATE TABLE dashboard_stats.contributions (
    generation      smallint NOT NULL,
    project_id      uuid NOT NULL,
    region          text,
    facility        text,
    province        text,
    status          smallint,
    completion      numeric NOT NULL,
    decile          smallint NOT NULL,
    kw              numeric NOT NULL,
    pv_modules      numeric NOT NULL,
    inverters_125kw numeric NOT NULL,
    inverters_80kw  numeric NOT NULL,
    inverters_60kw  numeric NOT NULL,
    inverters_40kw  numeric NOT NULL,
    fts             numeric NOT NULL,
    revenue         numeric NOT NULL,
    pqm             numeric NOT NULL,
    starts_on       date,
    due_on          date,
    ended_on        date,
    active_on       date,
    mapped          boolean NOT NULL,
    -- Events and status changes by local day; days that have left their window may linger and count nothing.
    event_days      date[] NOT NULL,
    event_totals    numeric[] NOT NULL,
    change_days     date[] NOT NULL,
    change_totals   numeric[] NOT NULL,
    PRIMARY KEY (generation, project_id)
) PARTITION BY LIST (generation);

-- Scopes are cache keys (`global`, `region:northern`, `facility:reservoir`); `region` and `facility` alone stand for the
-- projects that are in none on that axis.

-- One row a scope: the figures that the clock does not change (TOTALS of engine/measures.ts).
CREATE TABLE dashboard_stats.totals (
    generation        smallint NOT NULL,
    scope             text NOT NULL,
    total             numeric NOT NULL,
    planning          numeric NOT NULL,
    in_progress       numeric NOT NULL,
    completed         numeric NOT NULL,
    on_hold           numeric NOT NULL,
    cancelled         numeric NOT NULL,
    status_unknown    numeric NOT NULL,
    completion        numeric NOT NULL,
    decile_0          numeric NOT NULL,
    decile_1          numeric NOT NULL,
    decile_2          numeric NOT NULL,
    decile_3          numeric NOT NULL,
    decile_4          numeric NOT NULL,
    decile_5          numeric NOT NULL,
    decile_6          numeric NOT NULL,
    decile_7          numeric NOT NULL,
    decile_8          numeric NOT NULL,
    decile_9          numeric NOT NULL,
    kw                numeric NOT NULL,
    completed_kw      numeric NOT NULL,
    pv_modules        numeric NOT NULL,
    inverters_125kw   numeric NOT NULL,
    inverters_80kw    numeric NOT NULL,
    inverters_60kw    numeric NOT NULL,
    inverters_40kw    numeric NOT NULL,
    fts               numeric NOT NULL,
    revenue           numeric NOT NULL,
    pqm               numeric NOT NULL,
    completed_on_time numeric NOT NULL,
    completed_late    numeric NOT NULL,
    mapped            numeric NOT NULL,
    PRIMARY KEY (generation, scope)
) PARTITION BY LIST (generation);

-- How many projects of a scope have their day of a kind on that day (due, start, end, active), and how many events and
-- status changes there were (event, change).
CREATE TABLE dashboard_stats.days (
    generation smallint NOT NULL,
    scope      text NOT NULL,
    kind       text NOT NULL,
    day        date NOT NULL,
    n          numeric NOT NULL,
    PRIMARY KEY (generation, scope, kind, day)
) PARTITION BY LIST (generation);

CREATE TABLE dashboard_stats.provinces (
    generation smallint NOT NULL,
    scope      text NOT NULL,
    province   text NOT NULL,
    total      numeric NOT NULL,
    completed  numeric NOT NULL,
    PRIMARY KEY (generation, scope, province)
) PARTITION BY LIST (generation);

-- Region by facility type, for the breakdowns.
CREATE TABLE dashboard_stats.crossings (
    generation smallint NOT NULL,
    region     text NOT NULL,
    facility   text NOT NULL,
    total      numeric NOT NULL,
    completed  numeric NOT NULL,
    kw         numeric NOT NULL,
    PRIMARY KEY (generation, region, facility)
) PARTITION BY LIST (generation);
CREATE INDEX crossings_by_facility ON dashboard_stats.crossings (generation, facility);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['contributions', 'totals', 'days', 'provinces', 'crossings'] LOOP
        FOR generation IN 1..2 LOOP
            EXECUTE format('CREATE TABLE dashboard_stats.%I PARTITION OF dashboard_stats.%I FOR VALUES IN (%s)',
                name || '_' || generation, name, generation);
        END LOOP;
        -- Half of each page stays free, so that a cell is updated in place and needs no new index entry.
        IF name <> 'contributions' THEN
            EXECUTE format('ALTER TABLE dashboard_stats.%I SET (fillfactor = 50)', name || '_1');
            EXECUTE format('ALTER TABLE dashboard_stats.%I SET (fillfactor = 50)', name || '_2');
        END IF;
    END LOOP;
END $$;
