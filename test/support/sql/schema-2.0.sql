-- A 2.0 database as domain.md describes it, written apart from sql/001_schema_2_0.sql, which it is used to test.
CREATE TABLE "Roles" ("RoleId" serial PRIMARY KEY, "RoleName" varchar(50) NOT NULL);
CREATE TABLE "Users" (
    "UserId" uuid PRIMARY KEY, "Username" varchar(100) NOT NULL, "PasswordHash" varchar(255) NOT NULL,
    "Email" varchar(255) NOT NULL,
    "RoleId" integer NOT NULL CONSTRAINT "FK_Users_Roles_RoleId" REFERENCES "Roles" ON DELETE RESTRICT,
    "FullName" varchar(255) NOT NULL, "IsActive" boolean NOT NULL DEFAULT true,
    "CreatedAt" timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE "Projects" (
    "ProjectId" uuid PRIMARY KEY, "ProjectName" varchar(255) NOT NULL, "Address" varchar(500) NOT NULL,
    "ClientInfo" varchar(1000) NOT NULL, "Status" integer NOT NULL, "StartDate" timestamptz NOT NULL,
    "EstimatedEndDate" timestamptz, "ActualEndDate" timestamptz,
    "ProjectManagerId" uuid NOT NULL
        CONSTRAINT "FK_Projects_Users_ProjectManagerId" REFERENCES "Users" ON DELETE RESTRICT,
    "CreatedAt" timestamptz NOT NULL DEFAULT now(), "Team" varchar(50), "ConnectionType" varchar(20),
    "ConnectionNotes" varchar(1000), "TotalCapacityKw" decimal(10,2), "PvModuleCount" integer,
    "Inverter125kw" integer, "Inverter80kw" integer, "Inverter60kw" integer, "Inverter40kw" integer,
    "FtsValue" integer, "RevenueValue" integer, "PqmValue" integer,
    "Latitude" decimal(10,7), "Longitude" decimal(10,7), "Description" text, "Priority" varchar(50),
    "Budget" decimal(18,2), "CreatedById" uuid, "UpdatedAt" timestamptz
);
CREATE INDEX "IX_Projects_ProjectManagerId" ON "Projects" ("ProjectManagerId");
CREATE INDEX "IX_Projects_Status" ON "Projects" ("Status");
CREATE INDEX "IX_Projects_StartDate" ON "Projects" ("StartDate");

INSERT INTO "Roles" ("RoleName") VALUES ('Admin'), ('Manager'), ('User'), ('Viewer');
