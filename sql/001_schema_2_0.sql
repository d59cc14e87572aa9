-- Schema 2.0: the part of the application's own schema that everything else builds on. In production it is there
-- already, made by the application; then this file changes nothing: a table that exists is taken as it is, without
-- adding a key or an index to it. It is for an empty database (development, demo, tests).

CREATE TABLE IF NOT EXISTS "Roles" (
    "RoleId" SERIAL PRIMARY KEY,
    "RoleName" VARCHAR(50) NOT NULL
);

CREATE TABLE IF NOT EXISTS "Users" (
    "UserId" UUID PRIMARY KEY,
    "Username" VARCHAR(100) NOT NULL,
    "PasswordHash" VARCHAR(255) NOT NULL,
    "Email" VARCHAR(255) NOT NULL,
    "RoleId" INTEGER NOT NULL,
    "FullName" VARCHAR(255) NOT NULL,
    "IsActive" BOOLEAN NOT NULL DEFAULT TRUE,
    "CreatedAt" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),

    CONSTRAINT "FK_Users_Roles_RoleId" FOREIGN KEY ("RoleId") REFERENCES "Roles" ("RoleId") ON DELETE RESTRICT
);

-- In a block, because CREATE INDEX IF NOT EXISTS would add a missing index to a table that is not ours to change,
-- and locks it even when there is nothing to add.
DO $$
BEGIN
    IF to_regclass('"Projects"') IS NOT NULL THEN
        RETURN;
    END IF;

    CREATE TABLE "Projects" (
        "ProjectId" UUID PRIMARY KEY,
        "ProjectName" VARCHAR(255) NOT NULL,
        "Address" VARCHAR(500) NOT NULL,
        "ClientInfo" VARCHAR(1000) NOT NULL,
        "Status" INTEGER NOT NULL,
        "StartDate" TIMESTAMP WITH TIME ZONE NOT NULL,
        "EstimatedEndDate" TIMESTAMP WITH TIME ZONE,
        "ActualEndDate" TIMESTAMP WITH TIME ZONE,
        "ProjectManagerId" UUID NOT NULL,
        "CreatedAt" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
        "Team" VARCHAR(50),
        "ConnectionType" VARCHAR(20),
        "ConnectionNotes" VARCHAR(1000),
        "TotalCapacityKw" DECIMAL(10,2),
        "PvModuleCount" INTEGER,
        "Inverter125kw" INTEGER,
        "Inverter80kw" INTEGER,
        "Inverter60kw" INTEGER,
        "Inverter40kw" INTEGER,
        "FtsValue" INTEGER,
        "RevenueValue" INTEGER,
        "PqmValue" INTEGER,
        "Latitude" DECIMAL(10,7),
        "Longitude" DECIMAL(10,7),
        "Description" TEXT,
        "Priority" VARCHAR(50),
        "Budget" DECIMAL(18,2),
        "CreatedById" UUID,
        "UpdatedAt" TIMESTAMP WITH TIME ZONE,

        CONSTRAINT "FK_Projects_Users_ProjectManagerId"
            FOREIGN KEY ("ProjectManagerId") REFERENCES "Users" ("UserId") ON DELETE RESTRICT
    );

    CREATE INDEX "IX_Projects_ProjectManagerId" ON "Projects" ("ProjectManagerId");
    CREATE INDEX "IX_Projects_Status" ON "Projects" ("Status");
    CREATE INDEX "IX_Projects_StartDate" ON "Projects" ("StartDate");
END $$;

INSERT INTO "Roles" ("RoleName")
SELECT role_name
FROM (VALUES (1, 'Admin'), (2, 'Manager'), (3, 'User'), (4, 'Viewer')) AS seed (place, role_name)
WHERE NOT EXISTS (SELECT FROM "Roles")
ORDER BY place;
