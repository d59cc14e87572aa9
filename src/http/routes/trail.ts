import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import type { StatsService } from '../../service/service.ts';
import type { AskedAction } from '../../trail/admin-actions.ts';
import { json, problems } from '../openapi.ts';
import { stateOf } from '../request-state.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

const whole = z
  .string()
  .regex(/^\d{1,15}$/, 'is not a whole number')
  .transform(Number);

const query = z.strictObject({
  limit: whole
    .pipe(z.int().min(1).max(MAX_LIMIT))
    .default(DEFAULT_LIMIT)
    .openapi({ type: 'integer', minimum: 1, maximum: MAX_LIMIT }),
  after: whole
    .optional()
    .openapi({ type: 'integer', description: 'The `next` of the part before; only older actions follow' }),
});

const actionSchema = z
  .object({
    id: z.int(),
    at: z.iso.datetime(),
    who: z.string().openapi({ description: 'Name of the token; of a command, the user of the system' }),
    address: z.string().nullable().openapi({ description: 'Of the client, or the machine of a command' }),
    requestId: z.string().nullable(),
    action: z.enum(['invalidate', 'recompute', 'run-job']),
    target: z.record(z.string(), z.unknown()).openapi({ description: 'As it was asked for' }),
    reason: z.string().nullable(),
    outcome: z
      .enum(['succeeded', 'failed'])
      .nullable()
      .openapi({ description: 'null while it is under way, or where its process was killed' }),
    detail: z.string().nullable(),
    revision: z.int().nullable(),
    durationMs: z.int().nullable(),
  })
  .openapi('AdminAction');

/** Who did what. */
export function trailRoute(app: OpenAPIHono, service: StatsService, admin: MiddlewareHandler): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/admin/actions',
      summary: 'Who invalidated, recomputed or ran what, when, from where and why; newest first',
      security: [{ bearer: [] }],
      middleware: [admin],
      request: { query },
      responses: {
        200: json(
          z.object({ items: z.array(actionSchema), next: z.int().nullable() }),
          'A part of the trail',
        ),
        ...problems(400, 503),
      },
    }),
    async (c) => {
      const { limit, after } = c.req.valid('query');
      // One more than wanted tells whether there are more.
      const actions = await service.trail.actions({ limit: limit + 1, after });
      const items = actions.slice(0, limit).map((action) => ({ ...action, at: action.at.toISOString() }));
      const next = actions.length > limit ? (items.at(-1)?.id ?? null) : null;
      return c.json({ items, next }, 200, { 'Cache-Control': 'no-store' });
    },
  );
}

/** Who asks, for the trail. */
export function callerOf(c: Context): Pick<AskedAction, 'who' | 'address' | 'requestId' | 'traceId'> {
  const { caller, address, requestId, traceId } = stateOf(c);
  if (!caller) throw new Error('An action of an administrator has a caller.');
  return { who: caller, address, requestId, traceId };
}
