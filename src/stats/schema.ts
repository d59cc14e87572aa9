import { z } from 'zod';

/**
 * What a document holds: the one declaration. Types, the order of members in what is served, OpenAPI and the
 * catalogue of metrics (GET /meta) are all derived from it.
 *
 * D is the local date of `asOf`. "Last N days" are D-N+1 .. D, "next N days" D .. D+N-1. Open means planning,
 * in progress or on hold.
 */

/**
 * Raised with every change of what a document holds: each database then computes its documents again and builds cells of
 * the new shape, and older nodes leave both alone.
 */
export const SCHEMA_VERSION = 2;

/** A figure with its titles, unit and definition, for GET /meta and the OpenAPI document. */
function metric<T extends z.ZodType>(
  schema: T,
  title: string,
  titleTh: string,
  unit: string,
  description: string,
): T {
  return schema.meta({ title, description, 'x-title-th': titleTh, 'x-unit': unit });
}
const projects = (title: string, titleTh: string, description: string) =>
  metric(z.int().nonnegative(), title, titleTh, 'projects', description);

const statusBreakdown = z.object({
  planning: projects('Planning', 'วางแผน', 'Projects whose status is Planning.'),
  inProgress: projects('In progress', 'กำลังดำเนินการ', 'Projects whose status is InProgress.'),
  completed: projects('Completed', 'เสร็จสิ้น', 'Projects whose status is Completed.'),
  onHold: projects('On hold', 'ระงับชั่วคราว', 'Projects whose status is OnHold.'),
  cancelled: projects('Cancelled', 'ยกเลิก', 'Projects whose status is Cancelled.'),
  unknown: projects(
    'Unknown status',
    'ไม่ทราบสถานะ',
    'Projects with any other status; absent when zero.',
  ).optional(),
});

const inverterCount = (kw: number) =>
  metric(z.int(), `${kw} kW inverters`, `อินเวอร์เตอร์ ${kw} กิโลวัตต์`, 'inverters', `Sum of Inverter${kw}kw.`);

const capacity = z.object({
  totalKw: metric(z.number(), 'Capacity', 'กำลังการผลิตติดตั้ง', 'kW', 'Sum of TotalCapacityKw.'),
  completedKw: metric(
    z.number(),
    'Completed capacity',
    'กำลังการผลิตที่แล้วเสร็จ',
    'kW',
    'Sum of TotalCapacityKw of completed projects.',
  ),
  pvModules: metric(z.int(), 'PV modules', 'แผงโซลาร์เซลล์', 'modules', 'Sum of PvModuleCount.'),
  inverters: z.object({
    kw125: inverterCount(125),
    kw80: inverterCount(80),
    kw60: inverterCount(60),
    kw40: inverterCount(40),
    totalKw: metric(
      z.number(),
      'Inverter capacity',
      'กำลังอินเวอร์เตอร์รวม',
      'kW',
      'Number of inverters of each size times its rated power.',
    ),
  }),
});

const business = z.object({
  fts: metric(z.int(), 'FTS', 'FTS', 'points', 'Sum of FtsValue.'),
  revenue: metric(z.int(), 'Revenue', 'รายได้', 'points', 'Sum of RevenueValue.'),
  pqm: metric(z.int(), 'PQM', 'PQM', 'points', 'Sum of PqmValue.'),
  budget: z.object({
    total: metric(z.number(), 'Budget', 'งบประมาณ', 'THB', 'Sum of Budget.'),
    completed: metric(
      z.number(),
      'Budget of completed projects',
      'งบประมาณของโครงการที่แล้วเสร็จ',
      'THB',
      'Sum of Budget of completed projects.',
    ),
  }),
});

const schedule = z.object({
  overdue: projects(
    'Overdue',
    'ล่าช้ากว่ากำหนด',
    'Open projects whose EstimatedEndDate is before today, the local date (วันนี้ ตามวันที่ท้องถิ่น).',
  ),
  dueNext30Days: projects('Due in 30 days', 'ครบกำหนดใน 30 วัน', 'Open projects due in the next 30 days.'),
  startingNext30Days: projects(
    'Starting in 30 days',
    'เริ่มใน 30 วัน',
    'Projects in planning whose StartDate is in the next 30 days.',
  ),
  completedLast30Days: projects(
    'Completed in the last 30 days',
    'เสร็จใน 30 วันที่ผ่านมา',
    'Completed projects whose ActualEndDate is in the last 30 days.',
  ),
  completedOnTime: projects(
    'Completed on time',
    'เสร็จตามกำหนด',
    'Completed projects whose ActualEndDate is on or before the day of EstimatedEndDate.',
  ),
  completedLate: projects(
    'Completed late',
    'เสร็จช้ากว่ากำหนด',
    'Completed projects whose ActualEndDate is after the day of EstimatedEndDate.',
  ),
  completedPerMonth: metric(
    z.array(z.object({ month: z.string().regex(/^\d{4}-\d{2}$/), count: z.int().nonnegative() })),
    'Completed per month',
    'เสร็จรายเดือน',
    'projects',
    'Completed projects by the month of ActualEndDate: twelve months, the current one last.',
  ),
});

const activity = z.object({
  lastActivityDate: metric(
    z.iso.date().nullable(),
    'Last activity',
    'กิจกรรมล่าสุด',
    'date',
    'Latest day of LastActivityAt that is not after today, the local date (วันนี้ ตามวันที่ท้องถิ่น); null when there is none.',
  ),
  activeProjects: z.object({
    today: projects('Active today', 'มีความเคลื่อนไหววันนี้', 'Projects whose LastActivityAt is today.'),
    last7Days: projects(
      'Active in 7 days',
      'เคลื่อนไหวใน 7 วัน',
      'Projects whose LastActivityAt is in the last 7 days.',
    ),
    last30Days: projects(
      'Active in 30 days',
      'เคลื่อนไหวใน 30 วัน',
      'Projects whose LastActivityAt is in the last 30 days.',
    ),
  }),
  eventsToday: metric(z.int(), 'Events today', 'กิจกรรมวันนี้', 'events', 'Visible activities created today.'),
  eventsPerDay: metric(
    z.array(z.object({ date: z.iso.date(), count: z.int() })),
    'Events per day',
    'กิจกรรมรายวัน',
    'events',
    'Sum of AggregatedCount of visible activities by the day of CreatedAt: 14 days, today last.',
  ),
  statusChangesLast30Days: metric(
    z.int().nonnegative(),
    'Status changes in 30 days',
    'การเปลี่ยนสถานะใน 30 วัน',
    'changes',
    'Rows of ProjectStatusHistory whose ChangedAt is in the last 30 days.',
  ),
});

const location = z.object({
  mapped: projects('On the map', 'มีพิกัด', 'Projects with both coordinates.'),
  provinces: metric(
    z.array(z.object({ province: z.string(), total: z.int(), completed: z.int() })),
    'Provinces',
    'จังหวัด',
    'projects',
    'Projects by province; names that are none of the 77 together as "other", null left out.',
  ),
});

const parts = z.array(
  z.object({ name: z.string(), total: z.int(), completed: z.int(), totalKw: z.number() }),
);
const breakdown = z.object({
  regions: metric(
    parts,
    'By region',
    'แยกตามภูมิภาค',
    'projects',
    'Projects of every active region, zeros included; "unassigned" when above zero.',
  ).optional(),
  facilities: metric(
    parts,
    'By facility type',
    'แยกตามประเภทสถานี',
    'projects',
    'Projects of every active facility type, zeros included; "unassigned" when above zero.',
  ).optional(),
});

export const statisticsSchema = z.object({
  totalProjects: projects('Projects', 'โครงการทั้งหมด', 'All projects of the scope.'),
  statusBreakdown,
  completionPercentage: metric(
    z.number(),
    'Completion',
    'ร้อยละที่แล้วเสร็จ',
    '%',
    'Completed projects / all projects x 100, two decimals, half up; 0 when there are none.',
  ),
  averageCompletion: metric(
    z.number().nullable(),
    'Average progress',
    'ความคืบหน้าเฉลี่ย',
    '%',
    'Mean of CompletionPercentage, two decimals, half up; null when there are no projects.',
  ),
  completionHistogram: metric(
    z.array(z.int().nonnegative()).length(10),
    'Progress histogram',
    'การกระจายความคืบหน้า',
    'projects',
    'Projects by CompletionPercentage in [0,10), [10,20) ... [80,90), [90,100].',
  ),
  capacity,
  business,
  schedule,
  activity,
  location,
  breakdown,
});
export type Statistics = z.infer<typeof statisticsSchema>;

/** Members that `?fields=` may name. */
export const FIELDS = Object.keys(statisticsSchema.shape) as (keyof Statistics)[];

export const documentSchema = z
  .object({
    key: z.string().meta({ description: 'global, region:{name} or facility:{name}' }),
    type: z.enum(['global', 'regional', 'facility']),
    entityId: z.guid().nullable().meta({ description: 'RegionId or FacilityTypeId; null for global' }),
    name: z.string(),
    displayName: z.string(),
    schemaVersion: z.int(),
    version: z
      .int()
      .meta({ description: 'The revision at which the document last changed or was invalidated' }),
    asOf: z.iso.datetime().meta({ description: 'When its figures were computed' }),
    statistics: statisticsSchema,
  })
  .meta({ id: 'StatsDocument' });
export type StatsDocument = z.infer<typeof documentSchema>;
