-- A run that is under way says so every few seconds: one that does not has lost its node, and another node takes it over.
UPDATE dashboard_stats.job_runs
SET finished_at = clock_timestamp(), outcome = 'failed', detail = 'The node ended before the job did.'
WHERE finished_at IS NULL;

ALTER TABLE dashboard_stats.job_runs ADD COLUMN heartbeat_at timestamptz NOT NULL DEFAULT clock_timestamp();

-- A job never overlaps itself, on whatever node.
CREATE UNIQUE INDEX job_runs_one_at_a_time ON dashboard_stats.job_runs (job) WHERE finished_at IS NULL;
