-- Step 1 of the guide (schema 2.0 to 2.1): what a project gains.
--
-- Like all of 002 to 008 it adds what is missing and leaves what is there, because an application that uses EF Core,
-- or somebody who ran the guide by hand, may have made a part or all of it. Objects of another type never get here:
-- the migrator refuses them before its first file.

-- Two helpers for this file and the next ones; 008 removes them.

-- Declares a foreign key where the table has none on that column, or one with another delete rule.
CREATE FUNCTION dashboard_stats.ensure_foreign_key(child text, child_column text, parent text, parent_column text, delete_rule text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    child_attribute pg_attribute;
    existing record;
    present boolean := false;
    add_constraint text := format(
        'ALTER TABLE %I ADD CONSTRAINT %I FOREIGN KEY (%I) REFERENCES %I (%I) ON DELETE %s',
        child, format('FK_%s_%s_%s', child, parent, child_column), child_column, parent, parent_column, delete_rule);
BEGIN
    SELECT * INTO STRICT child_attribute
    FROM pg_attribute WHERE attrelid = quote_ident(child)::regclass AND attname = child_column;

    FOR existing IN
        SELECT conname, confdeltype = CASE delete_rule WHEN 'CASCADE' THEN 'c' WHEN 'SET NULL' THEN 'n' END AS right_rule
        FROM pg_constraint
        WHERE contype = 'f' AND conrelid = child_attribute.attrelid AND confrelid = quote_ident(parent)::regclass
            AND conkey = ARRAY[child_attribute.attnum]
    LOOP
        IF existing.right_rule THEN
            present := true;
        ELSE
            EXECUTE format('ALTER TABLE %I DROP CONSTRAINT %I', child, existing.conname);
        END IF;
    END LOOP;

    -- ON DELETE SET NULL on a NOT NULL column makes every delete of the parent fail: the guide says that a project's
    -- manager becomes nullable, but its SQL forgets this.
    IF delete_rule = 'SET NULL' AND child_attribute.attnotnull THEN
        EXECUTE format('ALTER TABLE %I ALTER COLUMN %I DROP NOT NULL', child, child_column);
    END IF;

    IF NOT present THEN
        BEGIN
            EXECUTE add_constraint;
        EXCEPTION WHEN foreign_key_violation THEN
            -- Rows name a parent that is not there. They are not ours to change, and the key can still guard every
            -- row that is written from now on.
            EXECUTE add_constraint || ' NOT VALID';
        END;
    END IF;
END $$;

-- Gives each column named a default where it has none: EF Core makes ids and empty lists in the application, so its
-- columns are NOT NULL without a default, and an INSERT that relies on the guide's default would fail.
-- `defaults`: [table, column, expression] each.
CREATE FUNCTION dashboard_stats.ensure_defaults(defaults text[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    wanted text[];
BEGIN
    FOREACH wanted SLICE 1 IN ARRAY defaults LOOP
        IF EXISTS (
            SELECT FROM pg_attribute
            WHERE attrelid = quote_ident(wanted[1])::regclass AND attname = wanted[2]
                AND NOT atthasdef AND attidentity = ''
        ) THEN
            EXECUTE format('ALTER TABLE %I ALTER COLUMN %I SET DEFAULT %s', wanted[1], wanted[2], wanted[3]);
        END IF;
    END LOOP;
END $$;

ALTER TABLE "Projects"
    ADD COLUMN IF NOT EXISTS "LocationAccuracy" DECIMAL(8,2),
    ADD COLUMN IF NOT EXISTS "LocationUpdatedAt" TIMESTAMP WITH TIME ZONE,
    ADD COLUMN IF NOT EXISTS "LocationUpdatedBy" VARCHAR(255),
    ADD COLUMN IF NOT EXISTS "CompletionPercentage" DECIMAL(5,2) NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS "LastStatusChange" TIMESTAMP WITH TIME ZONE,
    ADD COLUMN IF NOT EXISTS "LastLocationUpdate" TIMESTAMP WITH TIME ZONE,
    ADD COLUMN IF NOT EXISTS "LastActivityAt" TIMESTAMP WITH TIME ZONE,
    ADD COLUMN IF NOT EXISTS "RealTimeEnabled" BOOLEAN NOT NULL DEFAULT TRUE,
    ADD COLUMN IF NOT EXISTS "Version" INTEGER NOT NULL DEFAULT 1,
    ADD COLUMN IF NOT EXISTS "Province" VARCHAR(100),
    ADD COLUMN IF NOT EXISTS "Region" VARCHAR(50),
    ADD COLUMN IF NOT EXISTS "FacilityType" VARCHAR(100),
    ADD COLUMN IF NOT EXISTS "WaterAuthority" VARCHAR(255),
    ALTER COLUMN "Inverter125kw" SET DEFAULT 0,
    ALTER COLUMN "Inverter80kw" SET DEFAULT 0,
    ALTER COLUMN "Inverter60kw" SET DEFAULT 0,
    ALTER COLUMN "Inverter40kw" SET DEFAULT 0;

-- The guide's four updates in one pass: the table is locked meanwhile, and a row would be written up to four times.
UPDATE "Projects"
SET "Inverter125kw" = coalesce("Inverter125kw", 0),
    "Inverter80kw" = coalesce("Inverter80kw", 0),
    "Inverter60kw" = coalesce("Inverter60kw", 0),
    "Inverter40kw" = coalesce("Inverter40kw", 0)
WHERE "Inverter125kw" IS NULL OR "Inverter80kw" IS NULL OR "Inverter60kw" IS NULL OR "Inverter40kw" IS NULL;

-- An application's deferred trigger would leave events pending, and ALTER TABLE refuses a table that has some.
SET CONSTRAINTS ALL IMMEDIATE;

SELECT dashboard_stats.ensure_defaults(ARRAY[
    ['Projects', 'CompletionPercentage', '0'],
    ['Projects', 'RealTimeEnabled', 'TRUE'],
    ['Projects', 'Version', '1']
]);

-- Not part of ADD COLUMN, which would leave it out where the column exists; and after the UPDATE, which would fail on
-- a row that violates it.
DO $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_constraint
        WHERE contype = 'c' AND conrelid = '"Projects"'::regclass
            AND pg_get_constraintdef(oid) LIKE
                'CHECK ((("CompletionPercentage" >= (0)::numeric) AND ("CompletionPercentage" <= (100)::numeric)))%'
    ) THEN
        RETURN;
    END IF;
    BEGIN
        ALTER TABLE "Projects" ADD CHECK ("CompletionPercentage" BETWEEN 0 AND 100);
    EXCEPTION WHEN check_violation THEN
        -- A column that was here before may hold 130, or NaN, which counts as greater than any number. Those rows are
        -- not ours to change, so they keep their values, and the rule binds what is written from now on.
        ALTER TABLE "Projects" ADD CHECK ("CompletionPercentage" BETWEEN 0 AND 100) NOT VALID;
    END;
END $$;

-- Deleting a user must neither fail nor take projects along.
SELECT dashboard_stats.ensure_foreign_key('Projects', 'ProjectManagerId', 'Users', 'UserId', 'SET NULL');
SELECT dashboard_stats.ensure_foreign_key('Projects', 'CreatedById', 'Users', 'UserId', 'SET NULL');
