/**
 * What a document holds: the one declaration. Types, the order of members in what is served, OpenAPI and the
 * catalogue of metrics (GET /meta) are all derived from it; titles.json has each figure's titles, unit and definition.
 */
import { z } from 'zod';
import titles from './titles.json' with { type: 'json' };

/**
 * Raised with every change of what a document holds: each database then computes its documents again and builds cells of
 * the new shape, and older nodes leave both alone.
 */
export const SCHEMA_VERSION = 2;

const count = () => z.int().nonnegative();
const row = { total: z.int(), completed: z.int(), totalKw: z.number(), overdue: z.int() };
const parts = () => z.array(z.object({ name: z.string(), ...row }));

const statisticsSchema = z.object({
  totalProjects: count(),
  statusBreakdown: z.object({
    planning: count(),
    inProgress: count(),
    completed: count(),
    onHold: count(),
    cancelled: count(),
    unknown: count().optional(),
  }),
  completionPercentage: z.number(),
  averageCompletion: z.number().nullable(),
  completionHistogram: z.array(z.int().nonnegative()).length(10),
  capacity: z.object({
    totalKw: z.number(),
    completedKw: z.number(),
    pvModules: z.int(),
    inverters: z.object({ kw125: z.int(), kw80: z.int(), kw60: z.int(), kw40: z.int(), totalKw: z.number() }),
  }),
  business: z.object({
    fts: z.int(),
    revenue: z.int(),
    pqm: z.int(),
    budget: z.object({ total: z.number(), completed: z.number() }),
  }),
  schedule: z.object({
    overdue: count(),
    dueNext30Days: count(),
    startingNext30Days: count(),
    completedLast30Days: count(),
    completedOnTime: count(),
    completedLate: count(),
    completedPerMonth: z.array(z.object({ month: z.string().regex(/^\d{4}-\d{2}$/), count: count() })),
  }),
  activity: z.object({
    lastActivityDate: z.iso.date().nullable(),
    activeProjects: z.object({ today: count(), last7Days: count(), last30Days: count() }),
    eventsToday: z.int(),
    eventsPerDay: z.array(z.object({ date: z.iso.date(), count: z.int() })),
    statusChangesLast30Days: count(),
  }),
  location: z.object({
    mapped: count(),
    provinces: z.array(z.object({ province: z.string(), ...row })),
  }),
  breakdown: z.object({ regions: parts().optional(), facilities: parts().optional(), authorities: parts() }),
});
export type Statistics = z.infer<typeof statisticsSchema>;

/** Members that `?fields=` may name. */
export const FIELDS = Object.keys(statisticsSchema.shape) as (keyof Statistics)[];

/** One figure of a document, for people who label or explain it. */
export const metricSchema = z.object({
  path: z.string().meta({ description: 'Where it stands in `statistics`, e.g. capacity.totalKw' }),
  title: z.object({ en: z.string(), th: z.string() }),
  unit: z.string(),
  definition: z.string(),
  history: z.boolean().meta({ description: 'Whether GET /stats/.../history has it: it is one number' }),
});
export type Metric = z.infer<typeof metricSchema>;

/** Paths of members that documents leave out where they are 0. */
export const OPTIONAL_PATHS: readonly string[] = ['statusBreakdown.unknown'];

/** Every figure of the statistics, in their order. */
export const METRICS: readonly Metric[] = metricsOf(statisticsSchema, '');
/** The paths of those that are kept for each day. */
export const HISTORY_PATHS: readonly string[] = METRICS.filter(({ history }) => history).map(
  ({ path }) => path,
);

/** Gives each figure its titles, unit and definition too, for the OpenAPI document. */
function metricsOf(schema: z.ZodObject, prefix: string): Metric[] {
  return Object.entries(schema.shape).flatMap(([name, member]) => {
    const path = prefix + name;
    const inner = member instanceof z.ZodOptional ? member.unwrap() : member;
    if (inner instanceof z.ZodObject) return metricsOf(inner, `${path}.`);
    const known = (titles as Record<string, { en: string; th: string; unit: string; definition: string }>)[
      path
    ];
    if (!known) throw new Error(`statistics.${path} has no title in titles.json.`);
    const { en, th, unit, definition } = known;
    z.globalRegistry.add(inner as z.ZodType, {
      title: en,
      description: definition,
      'x-title-th': th,
      'x-unit': unit,
    });
    const value = inner instanceof z.ZodNullable ? inner.unwrap() : inner;
    return [{ path, title: { en, th }, unit, definition, history: value instanceof z.ZodNumber }];
  });
}

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
    statistics: statisticsSchema.partial().meta({ description: 'All members, or those that fields= names' }),
  })
  .meta({ id: 'StatsDocument' });
export type StatsDocument = Omit<z.infer<typeof documentSchema>, 'statistics'> & { statistics: Statistics };
