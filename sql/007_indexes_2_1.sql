-- Step 6 of the guide: indexes. Writes to a table wait while its indexes are built; CREATE INDEX CONCURRENTLY, which
-- would not make them wait, cannot run inside a transaction, and leaves a broken index behind when it is killed.

CREATE INDEX IF NOT EXISTS "IX_Projects_Region" ON "Projects" ("Region");
CREATE INDEX IF NOT EXISTS "IX_Projects_Province" ON "Projects" ("Province");
CREATE INDEX IF NOT EXISTS "IX_Projects_FacilityType" ON "Projects" ("FacilityType");
CREATE INDEX IF NOT EXISTS "IX_Projects_LastActivityAt" ON "Projects" ("LastActivityAt");
CREATE INDEX IF NOT EXISTS "IX_Projects_CompletionPercentage" ON "Projects" ("CompletionPercentage");
CREATE INDEX IF NOT EXISTS "IX_Projects_Location" ON "Projects" ("Latitude", "Longitude");
CREATE INDEX IF NOT EXISTS "IX_Projects_RealTimeEnabled" ON "Projects" ("RealTimeEnabled");

CREATE INDEX IF NOT EXISTS "IX_UserConnections_UserId" ON "UserConnections" ("UserId");
CREATE INDEX IF NOT EXISTS "IX_UserConnections_SignalRConnectionId" ON "UserConnections" ("SignalRConnectionId");
CREATE INDEX IF NOT EXISTS "IX_UserConnections_IsActive" ON "UserConnections" ("IsActive");
CREATE INDEX IF NOT EXISTS "IX_UserConnections_LastHeartbeat" ON "UserConnections" ("LastHeartbeat");

CREATE INDEX IF NOT EXISTS "IX_RealTimeNotifications_UserId" ON "RealTimeNotifications" ("UserId");
CREATE INDEX IF NOT EXISTS "IX_RealTimeNotifications_Status" ON "RealTimeNotifications" ("Status");
CREATE INDEX IF NOT EXISTS "IX_RealTimeNotifications_EventType" ON "RealTimeNotifications" ("EventType");
CREATE INDEX IF NOT EXISTS "IX_RealTimeNotifications_EntityType_EntityId" ON "RealTimeNotifications" ("EntityType", "EntityId");
CREATE INDEX IF NOT EXISTS "IX_RealTimeNotifications_CreatedAt" ON "RealTimeNotifications" ("CreatedAt");
CREATE INDEX IF NOT EXISTS "IX_RealTimeNotifications_Priority" ON "RealTimeNotifications" ("Priority");

CREATE INDEX IF NOT EXISTS "IX_ProjectStatusHistory_ProjectId" ON "ProjectStatusHistory" ("ProjectId");
CREATE INDEX IF NOT EXISTS "IX_ProjectStatusHistory_ChangedAt" ON "ProjectStatusHistory" ("ChangedAt");

CREATE INDEX IF NOT EXISTS "IX_ProjectLocationHistory_ProjectId" ON "ProjectLocationHistory" ("ProjectId");

CREATE INDEX IF NOT EXISTS "IX_ProjectActivityFeed_ProjectId" ON "ProjectActivityFeed" ("ProjectId");
CREATE INDEX IF NOT EXISTS "IX_ProjectActivityFeed_CreatedAt" ON "ProjectActivityFeed" ("CreatedAt");
