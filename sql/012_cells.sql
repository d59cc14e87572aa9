-- What the incremental engine keeps: each project's contribution, and cells, the sums of contributions by scope. Only
-- a refresh writes here, under the lock of the state row, so ON CONFLICT never meets another writer.
--
-- There are two generations, of which dashboard_stats.state names the one that is in use. A rebuild fills the other
-- one and switches: what was there stays true for whoever still reads it.
-- Amounts are numeric: NaN and infinity are kept out before they get here, and nothing overflows.

-- What a project counts for (engine/contribution.ts), with its region and facility type as they are written in
-- "Projects": a renamed region changes no contribution and no cell. null: in none on that axis.
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
