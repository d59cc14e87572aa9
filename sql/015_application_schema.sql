-- The schema of the application's tables, so that our statements name it whatever the search path of a role leads to, and a second
-- application in this database is refused. A migration runs with the schema of "Projects" first on its search path.
ALTER TABLE dashboard_stats.state ADD COLUMN application_schema text NOT NULL DEFAULT current_schema();
