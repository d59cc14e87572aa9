-- The triggers on the application's tables. Each one appends a mark and does nothing else (guarantee G8): it reads
-- no table, knows no column but the key, never notifies and takes no lock that two transactions share, so it can neither
-- raise nor deadlock, and a mark too many is harmless.
--
-- SECURITY DEFINER: the application's role needs no right on our schema.
-- ENABLE ALWAYS: changes that arrive by logical replication or a restore count too.
-- Row level: tried at 0.97 x of the plain UPDATE rate where statement level with transition tables gave 0.88 x.

-- The usual UPDATE evaluates one expression. No search path is pinned here, because setting it and setting it back costs
-- more than the rest; none is needed, since the operator and the table name their schema, and IS NOT NULL is no operator.
-- An INSERT has no OLD and a DELETE no NEW: their columns are null (docs/adr/009).
CREATE FUNCTION dashboard_stats.mark_project() RETURNS trigger
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

-- A changed region or facility type changes no project's contribution, only which cells make up which document: its mark
-- is the id that is all zeros.
CREATE FUNCTION dashboard_stats.mark_everything() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO dashboard_stats.marks (project_id)
    VALUES (CASE WHEN TG_TABLE_NAME IN ('ProjectRegions', 'WaterFacilityTypes')
                 THEN '00000000-0000-0000-0000-000000000000'::uuid END);
    RETURN NULL;
END $$;

-- Only the triggers call them: a role that may not execute a function cannot create a trigger with it.
REVOKE EXECUTE ON FUNCTION dashboard_stats.mark_project(), dashboard_stats.mark_everything() FROM PUBLIC;

CREATE TRIGGER dashboard_stats_mark AFTER INSERT OR UPDATE OR DELETE ON "Projects"
    FOR EACH ROW EXECUTE FUNCTION dashboard_stats.mark_project();
CREATE TRIGGER dashboard_stats_mark AFTER INSERT OR UPDATE OR DELETE ON "ProjectActivityFeed"
    FOR EACH ROW EXECUTE FUNCTION dashboard_stats.mark_project();
CREATE TRIGGER dashboard_stats_mark AFTER INSERT OR UPDATE OR DELETE ON "ProjectStatusHistory"
    FOR EACH ROW EXECUTE FUNCTION dashboard_stats.mark_project();

CREATE TRIGGER dashboard_stats_truncate AFTER TRUNCATE ON "Projects"
    FOR EACH STATEMENT EXECUTE FUNCTION dashboard_stats.mark_everything();
CREATE TRIGGER dashboard_stats_truncate AFTER TRUNCATE ON "ProjectActivityFeed"
    FOR EACH STATEMENT EXECUTE FUNCTION dashboard_stats.mark_everything();
CREATE TRIGGER dashboard_stats_truncate AFTER TRUNCATE ON "ProjectStatusHistory"
    FOR EACH STATEMENT EXECUTE FUNCTION dashboard_stats.mark_everything();

-- Row level here too, because logical replication fires no statement triggers.
CREATE TRIGGER dashboard_stats_mark AFTER INSERT OR UPDATE OR DELETE ON "ProjectRegions"
    FOR EACH ROW EXECUTE FUNCTION dashboard_stats.mark_everything();
CREATE TRIGGER dashboard_stats_truncate AFTER TRUNCATE ON "ProjectRegions"
    FOR EACH STATEMENT EXECUTE FUNCTION dashboard_stats.mark_everything();
CREATE TRIGGER dashboard_stats_mark AFTER INSERT OR UPDATE OR DELETE ON "WaterFacilityTypes"
    FOR EACH ROW EXECUTE FUNCTION dashboard_stats.mark_everything();
CREATE TRIGGER dashboard_stats_truncate AFTER TRUNCATE ON "WaterFacilityTypes"
    FOR EACH STATEMENT EXECUTE FUNCTION dashboard_stats.mark_everything();

ALTER TABLE "Projects" ENABLE ALWAYS TRIGGER dashboard_stats_mark;
ALTER TABLE "Projects" ENABLE ALWAYS TRIGGER dashboard_stats_truncate;
ALTER TABLE "ProjectActivityFeed" ENABLE ALWAYS TRIGGER dashboard_stats_mark;
ALTER TABLE "ProjectActivityFeed" ENABLE ALWAYS TRIGGER dashboard_stats_truncate;
ALTER TABLE "ProjectStatusHistory" ENABLE ALWAYS TRIGGER dashboard_stats_mark;
ALTER TABLE "ProjectStatusHistory" ENABLE ALWAYS TRIGGER dashboard_stats_truncate;
ALTER TABLE "ProjectRegions" ENABLE ALWAYS TRIGGER dashboard_stats_mark;
ALTER TABLE "ProjectRegions" ENABLE ALWAYS TRIGGER dashboard_stats_truncate;
ALTER TABLE "WaterFacilityTypes" ENABLE ALWAYS TRIGGER dashboard_stats_mark;
ALTER TABLE "WaterFacilityTypes" ENABLE ALWAYS TRIGGER dashboard_stats_truncate;

-- Changes made before the triggers were here left no mark.
INSERT INTO dashboard_stats.marks (project_id) VALUES (NULL);
