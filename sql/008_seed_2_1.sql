-- Step 7 of the guide: seed rows. Each one is inserted only where neither its id nor its name (in any case) is there:
-- a row that somebody made or changed is theirs, and stays as it is.
-- "CreatedAt" is given, because a table that EF Core made has no default for it.

-- A province that an existing region lists, active or not, stays where somebody put it: in two regions at once it
-- would make "which region is this project in" ambiguous. So the seed's region comes without it.
INSERT INTO "ProjectRegions"
    ("RegionId", "RegionName", "RegionDisplayName", "Provinces", "Description", "IsActive", "CreatedAt")
SELECT seed.id, seed.name, seed.display_name,
    (
        SELECT coalesce(jsonb_agg(province ORDER BY place), '[]')
        FROM jsonb_array_elements_text(seed.provinces) WITH ORDINALITY AS listed (province, place)
        WHERE NOT EXISTS (
            SELECT FROM "ProjectRegions" existing
            CROSS JOIN jsonb_array_elements(
                CASE jsonb_typeof(existing."Provinces") WHEN 'array' THEN existing."Provinces" ELSE '[]' END
            ) AS taken
            WHERE btrim(taken #>> '{}') = province
        )
    ),
    seed.description, true, now()
FROM (VALUES
    ('11111111-1111-1111-1111-111111111111'::uuid, 'northern', 'Northern Thailand',
        '["เชียงใหม่", "เชียงราย", "ลำปาง", "ลำพูน", "พะเยา", "แพร่", "น่าน"]'::jsonb, 'Northern region of Thailand'),
    ('22222222-2222-2222-2222-222222222222', 'western', 'Western Thailand',
        '["ตาก"]', 'Western region of Thailand'),
    ('33333333-3333-3333-3333-333333333333', 'central', 'Central Thailand',
        '["กรุงเทพมหานคร", "พิจิตร", "พิษณุโลก", "สุโขทัย", "อุตรดิตถ์"]', 'Central region including Bangkok'),
    ('44444444-4444-4444-4444-444444444444', 'unknown', 'Unknown Region',
        '[]', 'Default region for unidentified locations')
) AS seed (id, name, display_name, provinces, description)
WHERE NOT EXISTS (
    SELECT FROM "ProjectRegions" existing
    WHERE existing."RegionId" = seed.id OR lower(existing."RegionName") = seed.name
);

INSERT INTO "WaterFacilityTypes"
    ("FacilityTypeId", "FacilityTypeName", "FacilityDisplayName", "Description", "Authority", "SignalRGroupName",
    "IsActive", "CreatedAt")
SELECT seed.id, seed.name, seed.display_name, seed.description, seed.authority, seed.signalr_group, true, now()
FROM (VALUES
    ('aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa'::uuid, 'water_treatment', 'Water Treatment Plant',
        'Water treatment facilities', 'Provincial Waterworks Authority', 'facility_water_treatment'),
    ('bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb', 'pumping_station', 'Water Pumping Station',
        'Water pumping stations', 'Provincial Waterworks Authority', 'facility_pumping_station'),
    ('cccccccc-cccc-cccc-cccc-cccccccccccc', 'reservoir', 'Water Reservoir',
        'Water storage facilities', 'Provincial Waterworks Authority', 'facility_reservoir'),
    ('dddddddd-dddd-dddd-dddd-dddddddddddd', 'distribution_center', 'Distribution Center',
        'Water distribution centers', 'Metropolitan Waterworks Authority', 'facility_distribution'),
    ('eeeeeeee-eeee-eeee-eeee-eeeeeeeeeeee', 'solar_installation', 'Solar Installation Site',
        'Solar panel installation sites', 'Solar Project Management', 'facility_solar_installation')
) AS seed (id, name, display_name, description, authority, signalr_group)
WHERE NOT EXISTS (
    SELECT FROM "WaterFacilityTypes" existing
    WHERE existing."FacilityTypeId" = seed.id OR lower(existing."FacilityTypeName") = seed.name
);

INSERT INTO "SignalRGroups" ("GroupId", "GroupName", "GroupType", "Description", "IsActive", "CreatedAt")
SELECT seed.id, seed.name, seed.type, seed.description, true, now()
FROM (VALUES
    ('f1111111-1111-1111-1111-111111111111'::uuid, 'all_users', 'global', 'Global system announcements'),
    ('f2222222-2222-2222-2222-222222222222', 'role_admin', 'role', 'Administrative users'),
    ('f3333333-3333-3333-3333-333333333333', 'role_manager', 'role', 'Project managers'),
    ('f4444444-4444-4444-4444-444444444444', 'region_northern', 'region', 'Northern Thailand updates'),
    ('f5555555-5555-5555-5555-555555555555', 'region_western', 'region', 'Western Thailand updates'),
    ('f6666666-6666-6666-6666-666666666666', 'region_central', 'region', 'Central Thailand updates'),
    ('f7777777-7777-7777-7777-777777777777', 'facility_water_treatment', 'facility', 'Water treatment updates'),
    ('f8888888-8888-8888-8888-888888888888', 'facility_solar_installation', 'facility', 'Solar installation updates'),
    ('f9999999-9999-9999-9999-999999999999', 'map_viewers', 'special', 'Real-time map updates')
) AS seed (id, name, type, description)
WHERE NOT EXISTS (
    SELECT FROM "SignalRGroups" existing
    WHERE existing."GroupId" = seed.id OR lower(existing."GroupName") = seed.name
);

DROP FUNCTION dashboard_stats.ensure_foreign_key(text, text, text, text, text);
DROP FUNCTION dashboard_stats.ensure_defaults(text[]);
