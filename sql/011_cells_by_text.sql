-- Cells are kept by the region and facility type as they are written in projects, no longer by the scopes that these
-- belong to: another name of a region, or another region, then changes no cell. What was counted the old way goes.
UPDATE dashboard_stats.state SET generation = 0;

-- Cells are built beside the refreshes, which meanwhile scan. `builds` numbers the builds; the generation that one fills
-- follows from its number. A refresh that finds `building` sets the marks that it takes aside, for the first fold.
ALTER TABLE dashboard_stats.state
    ADD COLUMN builds   bigint NOT NULL DEFAULT 0,
    ADD COLUMN building boolean NOT NULL DEFAULT false;

-- Marks that were taken since a build began: it may or may not have seen what they tell of.
CREATE TABLE dashboard_stats.late_marks (
    project_id uuid
);
ALTER TABLE dashboard_stats.late_marks REPLICA IDENTITY FULL;
