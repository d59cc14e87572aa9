import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import type { StatsService } from '../../service.ts';
import { json, problems } from '../openapi.ts';

const MAX_ACTIVITIES = 1_000;

/** PostgreSQL stores Unicode text without NUL. */
const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => !value.includes('\0'), 'holds a NUL character')
    .refine((value) => !LONE_SURROGATE.test(value), 'holds half of a surrogate pair');
const LONE_SURROGATE = /\p{Surrogate}/u;

/** One row of "ProjectActivityFeed": members named as its columns, bounds those of the columns. */
const activitySchema = z
  .strictObject({
    activityId: z
      .guid()
      .optional()
      .openapi({ description: 'Makes sending it twice harmless; default: a new one' }),
    projectId: z.guid(),
    activityType: text(100).min(1).openapi({ example: 'status_changed' }),
    entityType: text(100).min(1).openapi({ example: 'project' }),
    entityId: z.guid(),
    title: text(255).min(1),
    description: text(1000),
    performedByUserId: z.guid().nullish(),
    performedByUserName: text(255).nullish(),
    activityData: z.record(z.string(), z.unknown()).refine(isSerializable, 'is nested too deeply').optional(),
    severity: z.int().min(0).max(4).default(1),
    isVisible: z.boolean().default(true),
    createdAt: z.iso.datetime({ offset: true }).optional().openapi({ description: 'Default: now' }),
  })
  .openapi('Activity');

const answerSchema = z.object({
  accepted: z.int(),
  duplicates: z.int().openapi({ description: 'Stored already under the same activityId' }),
  rejected: z.array(z.object({ index: z.int(), reason: z.string() })),
});

/** Activities that are reported here instead of being written into the table by the application itself. */
export function eventRoutes(app: OpenAPIHono, service: StatsService, events: MiddlewareHandler): void {
  app.openapi(
    createRoute({
      method: 'post',
      path: '/events/activity',
      summary: 'Report activities of projects',
      security: [{ bearer: [] }],
      middleware: [events],
      request: {
        body: {
          ...json(
            z.union([activitySchema, z.array(activitySchema).min(1).max(MAX_ACTIVITIES)]),
            'One activity or up to 1,000',
          ),
          required: true,
        },
      },
      responses: { 202: json(answerSchema, 'Stored'), ...problems(400, 401, 413, 503) },
    }),
    async (c) => {
      const body = c.req.valid('json');
      const activities = (Array.isArray(body) ? body : [body]).map((activity) => ({
        ...activity,
        activityId: activity.activityId ?? crypto.randomUUID(),
        performedByUserId: activity.performedByUserId ?? null,
        performedByUserName: activity.performedByUserName ?? null,
        activityData: JSON.stringify(activity.activityData ?? {}),
        createdAt: activity.createdAt ?? null,
      }));
      const { stored, future, unknownProjects } = await service.storeActivities(activities);
      const unknown = new Set(unknownProjects);
      const ahead = new Set(future);
      const rejected = activities.flatMap(({ projectId, activityId }, index) => {
        if (unknown.has(projectId.toLowerCase()))
          return [{ index, reason: `There is no project ${projectId}.` }];
        return ahead.has(activityId.toLowerCase())
          ? [{ index, reason: 'createdAt lies in the future.' }]
          : [];
      });
      const accepted = stored.length;
      return c.json({ accepted, duplicates: activities.length - accepted - rejected.length, rejected }, 202);
    },
  );
}

function isSerializable(data: unknown): boolean {
  try {
    JSON.stringify(data);
    return true;
  } catch {
    return false;
  }
}
