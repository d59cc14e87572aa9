import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import type { StatsService } from '../../service/service.ts';
import { json, jsonBody, problems, storable } from '../openapi.ts';

const MAX_ACTIVITIES = 1_000;
/** Of activityData: how deep the stacks of JavaScript and PostgreSQL go depends on where they run. */
const MAX_DEPTH = 500;

/** One row of "ProjectActivityFeed": members named as its columns, bounds those of the columns. */
const activitySchema = z
  .strictObject({
    activityId: z
      .guid()
      .optional()
      .openapi({ description: 'Makes sending it twice harmless; default: a new one' }),
    projectId: z.guid(),
    activityType: storable.min(1).max(100).openapi({ example: 'status_changed' }),
    entityType: storable.min(1).max(100).openapi({ example: 'project' }),
    entityId: z.guid(),
    title: storable.min(1).max(255),
    description: storable.max(1000),
    performedByUserId: z
      .guid()
      .nullish()
      .openapi({ description: 'Stored as null when there is no such user' }),
    performedByUserName: storable.max(255).nullish(),
    activityData: z
      .record(z.string(), z.unknown())
      .refine((data) => isShallow(data), `is nested deeper than ${MAX_DEPTH}`)
      .optional()
      .openapi({ description: 'Its numbers are JSON numbers of double precision; send longer ones as text' }),
    severity: z.int().min(0).max(4).default(1),
    isVisible: z.boolean().default(true),
    createdAt: z.iso
      .datetime({ offset: true })
      // PostgreSQL would round the seven decimals of .NET up, into the next day at worst.
      .transform((time) => time.replace(/(\.\d{6})\d+/, '$1'))
      .optional()
      .openapi({ type: 'string', format: 'date-time', description: 'To the microsecond; default: now' }),
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
      description:
        'Writes two tables of the application: each activity becomes a row of "ProjectActivityFeed", and raises ' +
        '"LastActivityAt" of its project in "Projects" if it is later.',
      security: [{ bearer: [] }],
      middleware: [events],
      request: jsonBody(
        z.preprocess(
          (body) => (Array.isArray(body) ? body : [body]),
          z.array(activitySchema).min(1).max(MAX_ACTIVITIES),
        ),
        'Up to 1,000 activities; a single one needs no list around it',
      ),
      responses: { 202: json(answerSchema, 'Stored'), ...problems(400, 413, 415, 503) },
    }),
    async (c) => {
      const activities = c.req.valid('json').map((activity) => ({
        ...activity,
        activityId: activity.activityId ?? crypto.randomUUID(),
        performedByUserId: activity.performedByUserId ?? null,
        performedByUserName: activity.performedByUserName ?? null,
        activityData: JSON.stringify(activity.activityData ?? {}),
        createdAt: activity.createdAt ?? null,
      }));
      const { stored, future, unknownProjects } = await service.storeActivities(activities);
      const rejected = activities.flatMap(({ projectId, activityId }, index) => {
        if (unknownProjects.includes(projectId.toLowerCase()))
          return [{ index, reason: `There is no project ${projectId}.` }];
        const early = future.includes(activityId.toLowerCase());
        return early ? [{ index, reason: 'createdAt lies in the future.' }] : [];
      });
      const accepted = stored.length;
      return c.json({ accepted, duplicates: activities.length - accepted - rejected.length, rejected }, 202);
    },
  );
}

/** Level by level, without a stack. */
function isShallow(data: unknown): boolean {
  let level = [data];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return false;
    level = level.flatMap((value) =>
      typeof value === 'object' && value !== null ? Object.values(value) : [],
    );
  }
  return true;
}
