import type { Tx } from '../db/connection.ts';
import type { Place } from './places.ts';
import { between, drawn, fraction, oneOf, skewed } from './random.ts';
import { AWKWARD_SUFFIX, ODDITIES, SITES, STATUS_NAMES, STATUS_SHARES, SUBDISTRICTS } from './words.ts';

export interface DemoBatch {
  /** Ordinals, both included, from 1 on. */
  first: number;
  last: number;
  total: number;
  seed: number;
  /** Midnight that starts the local day from which all dates are counted, as text. */
  midnight: string;
  /** So many seconds after midnight that day's events end. */
  secondsOfDay: number;
  places: readonly Place[];
  managers: readonly string[];
  /** "Projects"."Status" holds the names, not the numbers. */
  statusIsText: boolean;
  /** How far back activities go, in days. */
  activityDays: number;
}

/** The first projects are dealt the slots of a list in order, so that a small demo has some of everything. */
const DEALT_IN_ORDER = 20;

/**
 * Inserts the projects of one batch. Their ids rise with the ordinal (its 12 hexadecimal digits, then a hash), which
 * keeps the growing indexes in memory. Every step is a materialized CTE: inlined, a step's expressions would be
 * repeated wherever the next one names them.
 *
 * Days are written as multiples of 24 hours: an interval of days would depend on the session's time zone.
 */
export async function insertDemoProjects(tx: Tx, batch: DemoBatch): Promise<void> {
  const slot = (name: string, length: number) =>
    tx`(CASE WHEN ordinal <= ${DEALT_IN_ORDER} THEN ordinal - 1 ELSE ${drawn(tx, name)} END % ${length})`;
  const day = tx`INTERVAL '24 hours'`;
  const workTime = (name: string) => tx`${between(tx, name, 7 * 3600, 18 * 3600)} * INTERVAL '1 second'`;
  const earlyTime = (name: string) => tx`${between(tx, name, 0, batch.secondsOfDay)} * INTERVAL '1 second'`;
  const manager = (name: string) =>
    tx`(${batch.managers as string[]}::uuid[])[${between(tx, name, 1, batch.managers.length)}]`;
  const status = batch.statusIsText ? tx`(${STATUS_NAMES}::text[])[status + 1]` : tx`status`;

  await tx`
    WITH rows AS MATERIALIZED (
      SELECT ordinal, hashint8extended(ordinal, ${batch.seed}::bigint) AS row_seed,
        ${batch.midnight}::timestamptz AS today,
        -- Places 25, 29, 33 ... of each thousand.
        CASE WHEN ${batch.total}::bigint >= 100 AND ordinal % 1000 >= 25 AND ordinal % 4 = 1
          THEN (${ODDITIES}::text[])[(ordinal % 1000 - 25) / 4 + 1] END AS oddity
      FROM generate_series(${batch.first}::bigint, ${batch.last}::bigint) AS ordinal
    ), dealt AS MATERIALIZED (
      SELECT rows.*, place.*, site.facility, site.lead, site.site,
        CASE oddity WHEN 'completed-without-date' THEN 2 WHEN 'end-before-start' THEN 2
          ELSE (${STATUS_SHARES}::integer[])[1 + ${slot('status', STATUS_SHARES.length)}] END AS status,
        ${oneOf(tx, 'subdistrict', SUBDISTRICTS)} AS subdistrict,
        ${between(tx, 'duration', 90, 360)} AS duration,
        ${fraction(tx, 'progress')} * 1.1 + 0.02 AS drawn_progress,
        round(${skewed(tx, 'active')} * 60)::integer AS quiet_days,
        CASE WHEN oddity IS DISTINCT FROM 'no-amounts'
          THEN round((30 + 1200 * ${skewed(tx, 'capacity')})::numeric, 2) END AS capacity
      FROM rows
      JOIN jsonb_to_recordset(${tx.json(batch.places.map((place, index) => ({ index, ...place })))}) AS place (
        index integer, province text, english text, region text, latitude float8, longitude float8,
        before text, after text, client text, authority text
      ) ON place.index = ${slot('place', batch.places.length)}
      JOIN jsonb_to_recordset(${tx.json(SITES.map((site, index) => ({ index, ...site })))}) AS site (
        index integer, facility text, lead text, site text
      ) ON site.index = ${slot('site', SITES.length)}
    ), scheduled AS MATERIALIZED (
      SELECT dealt.*,
        today - quiet_days * ${day}
          + CASE quiet_days WHEN 0 THEN ${earlyTime('active time')} ELSE ${workTime('active time')} END AS active_at,
        CASE status
          WHEN 0 THEN today + ${between(tx, 'start', -20, 100)} * ${day}
          WHEN 1 THEN today - ceil(progress * duration) * ${day}
          ELSE today - (duration + ${between(tx, 'start', 0, 400)}) * ${day}
        END AS start_date,
        -- Days from the end as it was estimated to the end as it was: two of three are in time.
        CASE WHEN ${drawn(tx, 'punctual')} % 3 < 2 THEN ${between(tx, 'early', -20, 0)}
          ELSE ${between(tx, 'late', 1, 60)} END AS delay,
        ceil(capacity / 1.15)::integer AS inverter_kw
      FROM (
        -- Two of each region that are in progress are overdue, and two nearly due: by chance a small region may have none.
        SELECT *, coalesce(CASE WHEN ${batch.total}::bigint >= 500 THEN
          (ARRAY[1.12, 0.95, 1.04, 0.95])[row_number() OVER (PARTITION BY region, status ORDER BY ordinal)::integer]
          END, drawn_progress) AS progress
        FROM dealt
      ) AS dealt
    ), finished AS MATERIALIZED (
      SELECT scheduled.*,
        CASE WHEN oddity = 'end-before-start' THEN start_date - 30 * ${day}
          WHEN status = 3 THEN today + ${between(tx, 'resume', -60, 240)} * ${day}
          ELSE start_date + duration * ${day} END AS estimated_end,
        CASE WHEN status = 2 THEN least(
          start_date + (duration + delay) * ${day} + ${workTime('end time')},
          today - ${between(tx, 'ended', 0, 40)} * ${day} + ${earlyTime('end time')}
        ) END AS actual_end,
        CASE status
          WHEN 0 THEN 0
          WHEN 1 THEN CASE WHEN progress > 1 THEN ${between(tx, 'behind', 45, 99)}
            ELSE least(99, greatest(1, round(progress * 100) + ${between(tx, 'ahead', -8, 8)})) END
          WHEN 2 THEN 100
          ELSE ${between(tx, 'stopped', 5, 70)}
        END AS completion,
        least(start_date, today - quiet_days * ${day}) - ${between(tx, 'planned', 1, 400)} * ${day} AS created_at,
        inverter_kw % 125 AS smaller_kw
      FROM scheduled
    )
    INSERT INTO "Projects" (
      "ProjectId", "ProjectName", "Address", "ClientInfo", "Status", "StartDate", "EstimatedEndDate", "ActualEndDate",
      "ProjectManagerId", "CreatedById", "CreatedAt", "UpdatedAt", "Team", "ConnectionType", "ConnectionNotes",
      "TotalCapacityKw", "PvModuleCount", "Inverter125kw", "Inverter80kw", "Inverter60kw", "Inverter40kw",
      "FtsValue", "RevenueValue", "PqmValue", "Budget", "Latitude", "Longitude", "LocationAccuracy", "Description",
      "Priority", "CompletionPercentage", "LastStatusChange", "LastActivityAt", "Province", "Region", "FacilityType",
      "WaterAuthority"
    )
    SELECT
      (lpad(to_hex(ordinal), 12, '0') || '8' || left(encode(int8send(row_seed), 'hex'), 3)
        || 'a000' || right(encode(int8send(row_seed), 'hex'), 12))::uuid,
      lead || ' ' || site || CASE WHEN ${drawn(tx, 'named')} % 2 = 0 THEN subdistrict || ' ' ELSE '' END || province
        || ' เฟส ' || ${between(tx, 'phase', 1, 4)}
        || CASE WHEN oddity = 'quotes-and-emoji' THEN ${AWKWARD_SUFFIX} ELSE '' END,
      ${between(tx, 'house', 1, 399)} || '/' || ${between(tx, 'lot', 1, 60)} || ' ' || before || subdistrict || after,
      client, ${status}, start_date,
      CASE WHEN oddity IS DISTINCT FROM 'no-dates' THEN estimated_end END,
      CASE WHEN oddity IS NULL OR oddity NOT IN ('no-dates', 'completed-without-date') THEN actual_end END,
      CASE WHEN oddity IS DISTINCT FROM 'no-manager' THEN ${manager('manager')} END, ${manager('creator')},
      created_at, active_at, 'ทีม ' || ${between(tx, 'team', 1, 8)},
      ${oneOf(tx, 'connection', ['On-grid', 'On-grid', 'Hybrid', 'Zero-export'])}, NULL,
      capacity, ceil(capacity / 0.57), inverter_kw / 125, smaller_kw / 80, smaller_kw % 80 / 60,
      (smaller_kw % 80 % 60 + 39) / 40,
      CASE WHEN capacity IS NOT NULL THEN ${between(tx, 'fts', 0, 8)} END,
      CASE WHEN capacity IS NOT NULL THEN ${between(tx, 'revenue', 0, 3)} END,
      CASE WHEN capacity IS NOT NULL THEN ${between(tx, 'pqm', 0, 2)} END,
      round(capacity * ${between(tx, 'price', 24000, 36000)}, 2),
      CASE WHEN oddity IS DISTINCT FROM 'no-coordinates'
        THEN latitude + (${fraction(tx, 'north')} - 0.5) * 0.2 END,
      CASE WHEN oddity IS NULL OR oddity NOT IN ('no-coordinates', 'half-coordinates')
        THEN longitude + (${fraction(tx, 'east')} - 0.5) * 0.2 END,
      ${between(tx, 'accuracy', 3, 50)},
      'ติดตั้งระบบผลิตไฟฟ้าจากแสงอาทิตย์ขนาด ' || capacity || ' กิโลวัตต์',
      ${oneOf(tx, 'priority', ['Low', 'Medium', 'Medium', 'High', 'Critical'])}, completion,
      CASE status WHEN 0 THEN created_at WHEN 1 THEN start_date WHEN 2 THEN actual_end
        ELSE today - floor(${skewed(tx, 'changed')} * (extract(epoch FROM today - start_date) / 86400 - 1)) * ${day}
          + ${earlyTime('changed time')} END,
      CASE WHEN oddity IS DISTINCT FROM 'no-dates' THEN active_at END,
      CASE oddity WHEN 'no-province' THEN NULL WHEN 'english-province' THEN english
        WHEN 'unknown-province' THEN 'สุวรรณภูมิ' ELSE province END,
      CASE oddity WHEN 'no-region' THEN NULL WHEN 'region-in-capitals' THEN upper(coalesce(region, 'unknown'))
        WHEN 'unknown-region' THEN 'isan' ELSE region END,
      CASE oddity WHEN 'no-facility' THEN NULL WHEN 'facility-in-mixed-case' THEN initcap(facility)
        WHEN 'unknown-facility' THEN 'desalination_plant' ELSE facility END,
      authority
    FROM finished`;
}
