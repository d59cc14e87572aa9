-- The files that the tables which figures come from consist of, partitions included (engine/sql/files.ts), as they were in
-- the snapshot of the last refresh. Others mean that rows came or went without a mark: a partition was attached, detached,
-- dropped or truncated, or a table was rewritten. The next refresh then computes everything from the base tables.
ALTER TABLE dashboard_stats.state ADD COLUMN files text;
