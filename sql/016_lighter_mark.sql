-- The same marks for less: the usual UPDATE evaluates one expression, and no search path is set and set back for each
-- row. None is needed: nothing here is looked up by it, as the operator and the table name their schema, and IS NOT
-- NULL is none. An INSERT has no OLD, a DELETE no NEW: their columns are null (docs/adr/009).
CREATE OR REPLACE FUNCTION dashboard_stats.mark_project() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF OLD."ProjectId" OPERATOR(pg_catalog.=) NEW."ProjectId" THEN
        INSERT INTO dashboard_stats.marks (project_id) VALUES (NEW."ProjectId");
        RETURN NULL;
    END IF;
    IF OLD."ProjectId" IS NOT NULL THEN
        INSERT INTO dashboard_stats.marks (project_id) VALUES (OLD."ProjectId");
    END IF;
    IF NEW."ProjectId" IS NOT NULL THEN
        INSERT INTO dashboard_stats.marks (project_id) VALUES (NEW."ProjectId");
    END IF;
    RETURN NULL;
END $$;

-- Only the triggers call them; whoever may not call a function cannot hang it on a table of its own.
REVOKE EXECUTE ON FUNCTION dashboard_stats.mark_project(), dashboard_stats.mark_everything() FROM PUBLIC;
