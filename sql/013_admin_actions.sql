-- Who did what to the statistics: a row for each invalidation, recomputation and run of a job that somebody asked for, by HTTP
-- or on the command line. It is written before the action begins, so that there is no action without one.
CREATE TABLE dashboard_stats.admin_actions (
    action_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Name of the token; of a command, the user of the operating system.
    who         text NOT NULL,
    -- Of the client, where the platform tells it; of a command, the machine.
    address     text,
    request_id  text,
    action      text NOT NULL CHECK (action IN ('invalidate', 'recompute', 'run-job')),
    -- As it was asked for: {"keys": ["global"]}, {"full": true}, {"job": "audit"}.
    target      jsonb NOT NULL,
    reason      text,
    -- null while it is under way, and for ever where its process was killed.
    outcome     text CHECK (outcome IN ('succeeded', 'failed')),
    detail      text,
    -- The one that it issued or found.
    revision    bigint,
    duration_ms integer
);

-- "EventType" of the row of "RealTimeEventsLog" that an event becomes part of.
ALTER TABLE dashboard_stats.queued_events ADD COLUMN event_type text NOT NULL DEFAULT 'StatsRefreshed';
