import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { StatsService } from '../../service/service.ts';
import { json, problems } from '../openapi.ts';
import { Problem } from '../problem.ts';
import { readiness, readinessSchema } from '../readiness.ts';

const healthSchema = z
  .object({
    ...readinessSchema.shape,
    uptimeSeconds: z.int(),
    revision: z.int().nullable(),
    documents: z.int(),
    memoryBytes: z.int(),
  })
  .openapi('Health');

const NO_STORE = { 'Cache-Control': 'no-store' };

interface OperationOptions {
  now: () => number;
  /** The text of /metrics with its content type; absent where none are kept. */
  metrics?: () => Promise<{ text: string; contentType: string }>;
}

/** For balancers, operators and Prometheus. */
export function operationRoutes(
  app: OpenAPIHono,
  service: StatsService,
  { now, metrics }: OperationOptions,
): void {
  const startedAt = now();

  app.openapi(
    createRoute({
      method: 'get',
      path: '/livez',
      summary: 'Whether the process is alive',
      responses: { 200: json(z.object({ status: z.literal('alive') }), 'It is') },
    }),
    (c) => c.json({ status: 'alive' as const }, 200, NO_STORE),
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/readyz',
      summary: 'Whether this node should get requests',
      responses: {
        200: json(
          readinessSchema,
          'Yes; degraded where the database is away, the node is not caught up or triggers are gone, and memory answers',
        ),
        503: json(readinessSchema, 'No'),
      },
    }),
    async (c) => {
      const report = await readiness(service);
      return c.json(report, report.status === 'unavailable' ? 503 : 200, NO_STORE);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/healthz',
      summary: 'The checks of /readyz and a few figures of this process',
      responses: { 200: json(healthSchema, 'It can answer'), 503: json(healthSchema, 'It cannot') },
    }),
    async (c) => {
      const report = await readiness(service);
      const { snapshot, bytes } = service.memory;
      const body = {
        ...report,
        uptimeSeconds: Math.round((now() - startedAt) / 1000),
        revision: snapshot?.position.revision ?? null,
        documents: snapshot?.entries.size ?? 0,
        memoryBytes: bytes,
      };
      return c.json(body, report.status === 'unavailable' ? 503 : 200, NO_STORE);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/metrics',
      summary: 'What this process counts, for Prometheus',
      responses: {
        200: {
          content: { 'text/plain': { schema: z.string() } },
          description: 'The text format of Prometheus',
        },
        ...problems(404),
      },
    }),
    async (c) => {
      if (!metrics)
        throw new Problem('not-found', 'This platform keeps no metrics; the service on Node.js does.');
      const { text, contentType } = await metrics();
      return c.body(text, 200, { 'Content-Type': contentType, ...NO_STORE }) as never;
    },
  );
}
