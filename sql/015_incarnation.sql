-- Which life of the database the epoch belongs to. After a restored backup or a failover to a replica that was behind,
-- a revision comes a second time with other content: the epoch must then be another one, or whoever remembers the first
-- (an event stream's Last-Event-ID) would be given less than it lacks. Each of these has another server start or another
-- file of the state row; so the first refresh after either begins a new epoch (queries/lock-state.ts).
ALTER TABLE dashboard_stats.state ADD COLUMN incarnation text;
