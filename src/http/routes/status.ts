import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import type { StatsService } from '../../service/service.ts';
import { json, noQuery, problems } from '../openapi.ts';
import { readiness, readinessSchema } from '../readiness.ts';

const time = z.iso.datetime();
const statusSchema = z
  .object({
    at: time.openapi({ description: 'Now, by the database’s clock' }),
    health: readinessSchema,
    node: z.string().openapi({ description: 'The one that answers; lastLagMs and behindMs are of it' }),
    lastLagMs: z.int().nullable().openapi({ description: 'From commit to servable, of the last change' }),
    behindMs: z.int().nullable().openapi({ description: 'Every commit up to so long ago is in memory' }),
    revision: z.int(),
    localDate: z.string().nullable(),
    marks: z.int().openapi({ description: 'Changes that wait for a refresh; at most 10,000 are counted' }),
    queued: z.object({ notifications: z.int(), events: z.int() }),
    documents: z.array(
      z.object({
        key: z.string(),
        displayName: z.string(),
        version: z.int(),
        valid: z.boolean(),
        asOf: time,
        checkedAt: time,
        expiresAt: time,
      }),
    ),
    nodes: z.array(
      z.object({
        name: z.string(),
        address: z.string().nullable(),
        sessions: z.int(),
        since: time,
        lastSeen: time.nullable(),
      }),
    ),
  })
  .openapi('Status');

/** What the page /operator shows. */
export function statusRoute(app: OpenAPIHono, service: StatsService, admin: MiddlewareHandler): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/admin/status',
      summary: 'Documents with age and expiry, what waits, which nodes there are',
      security: [{ bearer: [] }],
      middleware: [admin],
      request: { query: noQuery },
      responses: { 200: json(statusSchema, 'How the service is'), ...problems(400, 503) },
    }),
    async (c) => {
      const [status, health] = await Promise.all([service.status(), readiness(service)]);
      return c.json({ ...status, health }, 200, { 'Cache-Control': 'no-store' });
    },
  );
}
