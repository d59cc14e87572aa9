import { lowerCase, textOf } from '../db/columns.ts';

/** "CacheKey" holds 255 characters. A scope of a longer name has no document; its projects are in none. */
const LONGEST_NAME = 240;

const REGION_NAME = textOf('"RegionName"');
const REGION_MATCH = lowerCase(REGION_NAME);
const FACILITY_NAME = textOf('"FacilityTypeName"');
const FACILITY_MATCH = lowerCase(FACILITY_NAME);
/** What a project `p` has written as its region, its facility type and its authority. */
export const OWN_REGION = textOf('p."Region"');
export const OWN_FACILITY = textOf('p."FacilityType"');
export const OWN_AUTHORITY = textOf('p."WaterAuthority"');

/**
 * What a project can belong to, as CTEs of a WITH: `region` and `facility` (match, name, id, display_name; of a facility type also authority) and `scope`
 * (key, type, id, name, display_name), the scopes that have a document.
 */
export const SCOPES = `
  -- Of two active rows whose names differ in case only, the oldest counts. Compared as "C": other collations take several times as long.
  region AS (
    SELECT DISTINCT ON (${REGION_MATCH} COLLATE "C")
      ${REGION_MATCH} AS match, ${REGION_NAME} AS name, "RegionId" AS id, ${textOf('"RegionDisplayName"')} AS display_name
    FROM "ProjectRegions" WHERE "IsActive" AND length("RegionName") <= ${LONGEST_NAME}
    ORDER BY ${REGION_MATCH} COLLATE "C", "CreatedAt", "RegionId"
  ),
  facility AS (
    SELECT DISTINCT ON (${FACILITY_MATCH} COLLATE "C")
      ${FACILITY_MATCH} AS match, ${FACILITY_NAME} AS name, "FacilityTypeId" AS id,
      ${textOf('"FacilityDisplayName"')} AS display_name, nullif(btrim(${textOf('"Authority"')}), '') AS authority
    FROM "WaterFacilityTypes" WHERE "IsActive" AND length("FacilityTypeName") <= ${LONGEST_NAME}
    ORDER BY ${FACILITY_MATCH} COLLATE "C", "CreatedAt", "FacilityTypeId"
  ),
  scope AS (
    SELECT 'global' AS key, 'global' AS type, NULL::uuid AS id, 'global' AS name, 'All projects' AS display_name
    UNION ALL SELECT 'region:' || name, 'regional', id, name, display_name FROM region
    UNION ALL SELECT 'facility:' || name, 'facility', id, name, display_name FROM facility
  )`;

/** The guide's column holds as many characters. A longer name, of a widened column, would not fit into the index of cells. */
const LONGEST_AUTHORITY = 255;
/** Of what a project has written as its authority; null: that of its facility type counts. */
export const ownAuthority = (written: string) =>
  `CASE WHEN length(btrim(${written})) BETWEEN 1 AND ${LONGEST_AUTHORITY} THEN btrim(${written}) END`;

/** What a project has written as its region or facility type, in the form that cells are kept by; null: no scope's name. */
export const written = (name: string) =>
  `CASE WHEN length(${name}) <= ${LONGEST_NAME} THEN ${lowerCase(name)} END`;

/** The region that a project counts in: the one that matches, else `unknown`; null where no such region is active. */
export const regionOrUnknown = (matched: string) =>
  `coalesce(${matched}, (SELECT name FROM region WHERE match = 'unknown'))`;

/**
 * Rows that have the `region` and `facility` written in projects, with the names of the scopes they belong to instead;
 * null where they belong to none.
 */
export const placed = (rows: string, columns: readonly string[]) => `
  SELECT ${regionOrUnknown('r.name')} AS region, f.name AS facility,
    ${columns.map((column) => `g.${column}`).join(', ')}
  FROM ${rows} g
  LEFT JOIN region r ON r.match = ${lowerCase('g.region')}
  LEFT JOIN facility f ON f.match = ${lowerCase('g.facility')}`;

/**
 * Names the scope of a row that GROUPING SETS made. Null for the projects that are in no scope on that axis, which
 * then joins to nothing.
 */
export const SCOPE_KEY = `CASE
  WHEN GROUPING(region) = 0 THEN 'region:' || region
  WHEN GROUPING(facility) = 0 THEN 'facility:' || facility
  ELSE 'global' END`;
