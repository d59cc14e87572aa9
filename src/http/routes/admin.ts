import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import type { StatsService } from '../../service/service.ts';
import { invalidated, recomputed } from '../../trail/ends.ts';
import { json, jsonBody, problems, reason, storable } from '../openapi.ts';
import { idsOf } from '../request-state.ts';
import { callerOf } from './trail.ts';

const MAX_KEYS = 100;

const keys = z.array(storable.min(1)).min(1).max(MAX_KEYS);

const invalidateBody = z
  .strictObject({
    keys: keys.optional(),
    projectIds: z.array(z.guid()).min(1).max(MAX_KEYS).optional(),
    all: z.literal(true).optional(),
    reason,
  })
  .refine(
    (body) => [body.keys, body.projectIds, body.all].filter((target) => target !== undefined).length === 1,
    'needs exactly one of keys, projectIds and all',
  )
  .openapi('Invalidation');

const recomputeBody = z
  .strictObject({
    keys: keys.optional(),
    full: z.boolean().optional().openapi({ description: 'Rebuild everything from a scan' }),
    reason,
  })
  .openapi('Recomputation');

/** What an administrator may do to the statistics. */
export function adminRoutes(
  app: OpenAPIHono,
  service: StatsService,
  { admin, now }: { admin: MiddlewareHandler; now: () => number },
): void {
  const security = [{ bearer: [] }];

  app.openapi(
    createRoute({
      method: 'post',
      path: '/stats/invalidate',
      summary: 'Never serve these documents as they are now',
      security,
      middleware: [admin],
      request: jsonBody(invalidateBody, 'What to invalidate'),
      responses: {
        200: json(
          z.object({ revision: z.int(), keys: z.array(z.string()) }),
          'No older version is served from now on',
        ),
        ...problems(400, 404, 413, 415, 503),
      },
    }),
    async (c) => {
      const { keys, projectIds, reason } = c.req.valid('json');
      const target = keys ? { keys } : projectIds ? { projectIds } : { all: true as const };
      const done = await service.trail.record(
        { ...callerOf(c), action: 'invalidate', target, reason },
        () => service.invalidate(target, idsOf(c)),
        invalidated,
      );
      return c.json(done, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/stats/recompute',
      summary: 'Compute the statistics now',
      security,
      middleware: [admin],
      request: jsonBody(recomputeBody, 'What to compute; an empty object for everything'),
      responses: {
        200: json(
          z.object({
            revision: z.int(),
            durationMs: z.number(),
            items: z.array(z.object({ key: z.string(), version: z.int(), changed: z.boolean() })),
          }),
          'The documents, and whether they changed',
        ),
        ...problems(400, 404, 413, 415, 503),
      },
    }),
    async (c) => {
      const began = now();
      const { reason, ...target } = c.req.valid('json');
      const { revision, items } = await service.trail.record(
        { ...callerOf(c), action: 'recompute', target, reason },
        () => service.recompute({ ...target, ...idsOf(c) }),
        recomputed,
      );
      return c.json({ revision, durationMs: Math.round(now() - began), items }, 200);
    },
  );
}
