-- A change of a region or facility type changes no project's contribution, only which cells make up which document. Its
-- mark says so with the id that is all zeros (and should a project have that id, it is looked at as well).
CREATE OR REPLACE FUNCTION dashboard_stats.mark_everything() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO dashboard_stats.marks (project_id)
    VALUES (CASE WHEN TG_TABLE_NAME IN ('ProjectRegions', 'WaterFacilityTypes')
                 THEN '00000000-0000-0000-0000-000000000000'::uuid END);
    RETURN NULL;
END $$;
