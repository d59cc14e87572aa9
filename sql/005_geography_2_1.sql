-- Step 4 of the guide: regions, kinds of water facility, and which project belongs where.
-- Keys and defaults below, as in 003.

CREATE TABLE IF NOT EXISTS "ProjectRegions" (
    "RegionId" UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    "RegionName" VARCHAR(100) NOT NULL,
    "RegionDisplayName" VARCHAR(255) NOT NULL,
    "Provinces" JSONB NOT NULL DEFAULT '[]',
    "BoundingBox" JSONB,
    "Description" VARCHAR(500),
    "IsActive" BOOLEAN NOT NULL DEFAULT TRUE,
    "CreatedAt" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW()
);

CREATE TABLE IF NOT EXISTS "WaterFacilityTypes" (
    "FacilityTypeId" UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    "FacilityTypeName" VARCHAR(100) NOT NULL,
    "FacilityDisplayName" VARCHAR(255) NOT NULL,
    "Description" VARCHAR(500),
    "Authority" VARCHAR(255),
    "SignalRGroupName" VARCHAR(255),
    "IsActive" BOOLEAN NOT NULL DEFAULT TRUE,
    "CreatedAt" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW()
);

CREATE TABLE IF NOT EXISTS "ProjectRegionAssignments" (
    "AssignmentId" UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    "ProjectId" UUID NOT NULL,
    "RegionId" UUID NOT NULL,
    "AssignedAt" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
    "AssignmentMethod" VARCHAR(100) NOT NULL,
    "Confidence" DECIMAL(3,2),
    "Notes" VARCHAR(500)
);

CREATE TABLE IF NOT EXISTS "ProjectFacilityAssignments" (
    "AssignmentId" UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    "ProjectId" UUID NOT NULL,
    "FacilityTypeId" UUID NOT NULL,
    "FacilityName" VARCHAR(255),
    "FacilityCode" VARCHAR(100),
    "Authority" VARCHAR(255),
    "AssignedAt" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
    "AssignmentMethod" VARCHAR(100) NOT NULL,
    "Confidence" DECIMAL(3,2),
    "VerifiedAt" TIMESTAMP WITH TIME ZONE,
    "VerifiedByUserId" UUID,
    "Notes" VARCHAR(500)
);

SELECT dashboard_stats.ensure_defaults(ARRAY[
    ['ProjectRegions', 'RegionId', 'gen_random_uuid()'],
    ['ProjectRegions', 'Provinces', $$'[]'$$],
    ['ProjectRegions', 'IsActive', 'TRUE'],
    ['ProjectRegions', 'CreatedAt', 'NOW()'],
    ['WaterFacilityTypes', 'FacilityTypeId', 'gen_random_uuid()'],
    ['WaterFacilityTypes', 'IsActive', 'TRUE'],
    ['WaterFacilityTypes', 'CreatedAt', 'NOW()'],
    ['ProjectRegionAssignments', 'AssignmentId', 'gen_random_uuid()'],
    ['ProjectRegionAssignments', 'AssignedAt', 'NOW()'],
    ['ProjectFacilityAssignments', 'AssignmentId', 'gen_random_uuid()'],
    ['ProjectFacilityAssignments', 'AssignedAt', 'NOW()']
]);

SELECT dashboard_stats.ensure_foreign_key('ProjectRegionAssignments', 'ProjectId', 'Projects', 'ProjectId', 'CASCADE');
SELECT dashboard_stats.ensure_foreign_key('ProjectRegionAssignments', 'RegionId', 'ProjectRegions', 'RegionId', 'CASCADE');
SELECT dashboard_stats.ensure_foreign_key('ProjectFacilityAssignments', 'ProjectId', 'Projects', 'ProjectId', 'CASCADE');
SELECT dashboard_stats.ensure_foreign_key('ProjectFacilityAssignments', 'FacilityTypeId', 'WaterFacilityTypes', 'FacilityTypeId', 'CASCADE');
SELECT dashboard_stats.ensure_foreign_key('ProjectFacilityAssignments', 'VerifiedByUserId', 'Users', 'UserId', 'SET NULL');
