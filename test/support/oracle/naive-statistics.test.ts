/** The naive computation against results worked out by hand from docs/reference.md. No database. */
import { describe, expect, test } from 'vitest';
import {
  NO_VALUES,
  naiveDocuments,
  type RawActivity,
  type RawDatabase,
  type RawProject,
  type RawRegion,
} from './naive-statistics.ts';

/** Seconds since 1970 as PostgreSQL gives them; Bangkok is UTC+7. */
const at = (iso: string) => `${Date.parse(iso) / 1000}.000000`;
const bangkok = (local: string) => at(`${local}+07:00`);
/** 22 November 2026, 21:03 in Bangkok. */
const options = {
  asOf: new Date('2026-11-22T14:03:07.120Z'),
  timeZone: 'Asia/Bangkok',
  provinceNames: ['เชียงใหม่', 'ตาก'],
};
const project = (projectId: string, values: Partial<RawProject> = {}): RawProject => ({
  projectId,
  ...NO_VALUES,
  status: '0',
  completionPercentage: '0.00',
  startDate: at('2020-01-01T00:00:00Z'),
  ...values,
});
const scope = (id: string, name: string, values: Partial<RawRegion> = {}): RawRegion => ({
  id,
  name,
  isActive: true,
  createdAt: at('2025-01-15T00:00:00Z'),
  ...values,
});
const event = (projectId: string, createdAt: string, values: Partial<RawActivity> = {}): RawActivity => ({
  projectId,
  createdAt,
  isVisible: true,
  aggregatedCount: '1',
  ...values,
});
const database = (values: Partial<RawDatabase>): RawDatabase => ({
  projects: [],
  activities: [],
  statusChanges: [],
  regions: [],
  facilityTypes: [],
  ...values,
});
const figures = (raw: RawDatabase, key: string) => {
  const document = naiveDocuments(raw, options).get(key);
  if (!document) throw new Error(`no document ${key}`);
  return document.statistics;
};
const daysUpTo22 = (...last: number[]) =>
  Array.from({ length: 14 }, (_, i) => ({
    date: `2026-11-${String(i + 9).padStart(2, '0')}`,
    count: last[i - 14 + last.length] ?? 0,
  }));
const months = (counts: Record<string, number>) =>
  '2025-12 2026-01 2026-02 2026-03 2026-04 2026-05 2026-06 2026-07 2026-08 2026-09 2026-10 2026-11'
    .split(' ')
    .map((month) => ({ month, count: counts[month] ?? 0 }));

/** Of a breakdown. */
const row = (name: string, total: number, completed: number, totalKw: number, overdue = 0) => ({
  ...{ name, total, completed, totalKw, overdue },
});

const empty = {
  totalProjects: 0,
  statusBreakdown: { planning: 0, inProgress: 0, completed: 0, onHold: 0, cancelled: 0 },
  completionPercentage: 0,
  averageCompletion: null,
  completionHistogram: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  capacity: {
    totalKw: 0,
    completedKw: 0,
    pvModules: 0,
    inverters: { kw125: 0, kw80: 0, kw60: 0, kw40: 0, totalKw: 0 },
  },
  business: { fts: 0, revenue: 0, pqm: 0, budget: { total: 0, completed: 0 } },
  schedule: {
    overdue: 0,
    dueNext30Days: 0,
    startingNext30Days: 0,
    completedLast30Days: 0,
    completedOnTime: 0,
    completedLate: 0,
    completedPerMonth: months({}),
  },
  activity: {
    lastActivityDate: null,
    activeProjects: { today: 0, last7Days: 0, last30Days: 0 },
    eventsToday: 0,
    eventsPerDay: daysUpTo22(),
    statusChangesLast30Days: 0,
  },
  location: { mapped: 0, provinces: [] },
};

describe('the naive statistics', () => {
  test('of an empty database are zeros, null and full lists of days and months', () => {
    const raw = database({ regions: [scope('r1', 'north')], facilityTypes: [scope('f1', 'pump')] });
    const north = row('north', 0, 0, 0);
    const pump = row('pump', 0, 0, 0);
    const documents = [...naiveDocuments(raw, options).values()].map(({ lists: _, ...document }) => document);
    expect(documents).toEqual([
      {
        key: 'global',
        type: 'global',
        entityId: null,
        name: 'global',
        statistics: { ...empty, breakdown: { regions: [north], facilities: [pump], authorities: [] } },
      },
      {
        key: 'region:north',
        type: 'regional',
        entityId: 'r1',
        name: 'north',
        statistics: { ...empty, breakdown: { facilities: [pump], authorities: [] } },
      },
      {
        key: 'facility:pump',
        type: 'facility',
        entityId: 'f1',
        name: 'pump',
        statistics: { ...empty, breakdown: { regions: [north], authorities: [] } },
      },
    ]);
  });

  test('of three projects', () => {
    const raw = database({
      regions: [scope('r1', 'north'), scope('r2', 'unknown')],
      facilityTypes: [{ ...scope('f1', 'pump'), authority: ' PWA' }],
      projects: [
        project('a', {
          status: 'Completed',
          region: 'NORTH',
          facilityType: 'Pump',
          province: 'ตาก',
          totalCapacityKw: '100.10',
          completionPercentage: '100.00',
          pvModuleCount: '7',
          inverter125kw: '1',
          inverter40kw: '3',
          ftsValue: '5',
          budget: '0.10',
          latitude: '18.1',
          longitude: '98.2',
          estimatedEndDate: bangkok('2026-10-23T23:59:59'),
          actualEndDate: bangkok('2026-10-24T00:00:00'), // one day late, the first of the last 30 days
          lastActivityAt: bangkok('2026-11-22T23:59:59'), // later today
        }),
        project('b', {
          status: 'InProgress',
          region: 'nowhere',
          province: 'Atlantis',
          waterAuthority: ' MWA ',
          totalCapacityKw: '0.20',
          completionPercentage: '10.00',
          inverter80kw: '2',
          budget: 'NaN',
          revenueValue: '-4',
          latitude: '18.1',
          estimatedEndDate: bangkok('2026-11-21T23:59:59'), // yesterday
          lastActivityAt: bangkok('2026-11-16T00:00:00'), // the first of the last 7 days
        }),
        project('c', {
          status: '0',
          facilityType: 'mill',
          waterAuthority: '  ',
          totalCapacityKw: 'NaN',
          completionPercentage: '9.99',
          pqmValue: '1',
          budget: '1000.20',
          startDate: bangkok('2026-12-21T23:59:59'), // the last of the next 30 days
          estimatedEndDate: bangkok('2026-12-22T00:00:00'), // a day too far away
          lastActivityAt: bangkok('2026-11-23T00:00:00'), // tomorrow: not yet
        }),
      ],
      activities: [
        event('a', bangkok('2026-11-22T00:00:00'), { aggregatedCount: '3' }),
        event('b', bangkok('2026-11-21T23:59:59'), { aggregatedCount: '2' }),
        event('b', bangkok('2026-11-22T12:00:00'), { isVisible: false }),
        event('c', bangkok('2026-11-23T00:00:00')),
        event('gone', bangkok('2026-11-22T12:00:00')),
      ],
      statusChanges: [
        { projectId: 'a', changedAt: bangkok('2026-10-24T00:00:00') },
        { projectId: 'a', changedAt: bangkok('2026-10-23T23:59:59') },
      ],
    });
    expect(figures(raw, 'global')).toEqual({
      totalProjects: 3,
      statusBreakdown: { planning: 1, inProgress: 1, completed: 1, onHold: 0, cancelled: 0 },
      completionPercentage: 33.33,
      averageCompletion: 40, // 119.99 / 3 = 39.9966...
      completionHistogram: [1, 1, 0, 0, 0, 0, 0, 0, 0, 1],
      capacity: {
        totalKw: 100.3,
        completedKw: 100.1,
        pvModules: 7,
        inverters: { kw125: 1, kw80: 2, kw60: 0, kw40: 3, totalKw: 405 },
      },
      business: { fts: 5, revenue: -4, pqm: 1, budget: { total: 1000.3, completed: 0.1 } },
      schedule: {
        overdue: 1,
        dueNext30Days: 0,
        startingNext30Days: 1,
        completedLast30Days: 1,
        completedOnTime: 0,
        completedLate: 1,
        completedPerMonth: months({ '2026-10': 1 }),
      },
      activity: {
        lastActivityDate: '2026-11-22',
        activeProjects: { today: 1, last7Days: 2, last30Days: 2 },
        eventsToday: 3,
        eventsPerDay: daysUpTo22(2, 3),
        statusChangesLast30Days: 1,
      },
      location: {
        mapped: 1,
        provinces: [
          { province: 'other', total: 1, completed: 0, totalKw: 0.2, overdue: 1 },
          { province: 'ตาก', total: 1, completed: 1, totalKw: 100.1, overdue: 0 },
        ],
      },
      breakdown: {
        regions: [row('north', 1, 1, 100.1), row('unknown', 2, 0, 0.2, 1)],
        facilities: [row('pump', 1, 1, 100.1), row('unassigned', 2, 0, 0.2, 1)],
        authorities: [row('MWA', 1, 0, 0.2, 1), row('PWA', 1, 1, 100.1), row('unassigned', 1, 0, 0)],
      },
    });
    expect(figures(raw, 'facility:pump')).toMatchObject({
      totalProjects: 1,
      completionPercentage: 100,
      activity: { eventsToday: 3, eventsPerDay: daysUpTo22(3) },
      breakdown: {
        regions: [row('north', 1, 1, 100.1), row('unknown', 0, 0, 0)],
      },
    });
    expect(figures(raw, 'region:unknown').breakdown).toEqual({
      facilities: [row('pump', 0, 0, 0), row('unassigned', 2, 0, 0.2, 1)],
      authorities: [row('MWA', 1, 0, 0.2, 1), row('unassigned', 1, 0, 0)],
    });
  });

  test('of odd values: extreme instants, unknown states, names that differ in case, no unknown region', () => {
    const raw = database({
      regions: [
        scope('r3', 'East', { createdAt: at('2024-01-01T00:00:00Z'), isActive: false }),
        scope('r2', 'EAST', { createdAt: at('2024-06-01T00:00:00Z') }), // as old as r9, smaller id
        scope('r9', 'east', { createdAt: at('2024-06-01T00:00:00Z') }),
        scope('r1', 'eAST'),
        scope('r4', '🌊'),
        scope('r5', '\uff5e'), // before the emoji by bytes, behind it by UTF-16 units
      ],
      projects: [
        project('a', {
          status: '2',
          region: 'east',
          totalCapacityKw: '-5.005',
          completionPercentage: '-10.005',
          estimatedEndDate: 'Infinity',
          actualEndDate: '9224318016000.000000',
          lastActivityAt: '-Infinity',
        }),
        project('b', {
          status: 'Archived',
          region: '🌊',
          totalCapacityKw: 'Infinity',
          completionPercentage: '150',
          pvModuleCount: '2147483647',
          estimatedEndDate: bangkok('2026-01-01T00:00:00'),
          lastActivityAt: '-62135596800.000000', // 0001-01-01 00:00 UTC: the first that counts
        }),
        project('c', {
          status: '3',
          completionPercentage: 'NaN',
          pvModuleCount: '2147483647',
          estimatedEndDate: '-62135596800.000001', // one microsecond too early
          lastActivityAt: '253402300799.999999', // counts, and is far in the future
        }),
        project('d', {
          status: '2',
          completionPercentage: '89.999999999999999999999',
          estimatedEndDate: bangkok('2026-11-30T00:00:00'),
          actualEndDate: bangkok('2026-11-30T23:59:59'), // in the future, this month, in time
        }),
      ],
    });
    expect([...naiveDocuments(raw, options).keys()].sort()).toEqual(
      ['global', 'region:EAST', 'region:\uff5e', 'region:🌊'].sort(),
    );
    expect(figures(raw, 'global')).toEqual({
      ...empty,
      totalProjects: 4,
      statusBreakdown: { planning: 0, inProgress: 0, completed: 2, onHold: 1, cancelled: 0, unknown: 1 },
      completionPercentage: 50,
      averageCompletion: 57.5, // 229.99499... / 4 = 57.49874...
      completionHistogram: [2, 0, 0, 0, 0, 0, 0, 0, 1, 1],
      capacity: { ...empty.capacity, totalKw: -5.005, completedKw: -5.005, pvModules: 4294967294 },
      schedule: { ...empty.schedule, completedOnTime: 1, completedPerMonth: months({ '2026-11': 1 }) },
      activity: { ...empty.activity, lastActivityDate: '0001-01-01' },
      breakdown: {
        regions: [
          row('EAST', 1, 1, -5.005),
          row('unassigned', 2, 1, 0),
          row('\uff5e', 0, 0, 0),
          row('🌊', 1, 0, 0),
        ],
        facilities: [row('unassigned', 4, 2, -5.005)],
        authorities: [row('unassigned', 4, 2, -5.005)],
      },
    });
    expect(figures(raw, 'region:EAST')).toMatchObject({
      averageCompletion: -10.01,
      completionPercentage: 100,
    });
  });

  test('of today: what is due today is not overdue yet', () => {
    const raw = database({
      projects: [
        project('a', { status: '3', estimatedEndDate: bangkok('2026-11-22T00:00:00') }),
        project('b', {
          status: 'Planning',
          startDate: bangkok('2026-11-22T00:00:00'),
          lastActivityAt: '2.1e+05',
        }),
        project('c', { status: 'Cancelled', estimatedEndDate: bangkok('2026-11-21T00:00:00') }),
      ],
    });
    expect(figures(raw, 'global')).toMatchObject({
      schedule: { overdue: 0, dueNext30Days: 1, startingNext30Days: 1 },
      activity: { lastActivityDate: '1970-01-03', activeProjects: { today: 0, last7Days: 0, last30Days: 0 } },
    });
  });
});
