import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import type { StatsService } from '../../service/service.ts';
import { noSuch } from '../not-among.ts';
import { json, noQuery, problems, reason } from '../openapi.ts';
import { callerOf } from './trail.ts';

const RUNS_SHOWN = 10;

const runSchema = z.object({
  scheduledAt: z.iso.datetime(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
  outcome: z.enum(['succeeded', 'failed']).nullable().openapi({ description: 'null while it runs' }),
  durationMs: z.int().nullable(),
  detail: z.string().nullable(),
});
const jobSchema = z
  .object({
    name: z.string(),
    description: z.string(),
    schedule: z.string().openapi({ description: 'Cron expression in timeZone, or off' }),
    timeZone: z.string(),
    nextRun: z.iso.datetime().nullable(),
    lastRuns: z.array(runSchema),
  })
  .openapi('Job');

/** The scheduled jobs. Open to read, like the statistics; running one is for administrators. */
export function jobRoutes(
  app: OpenAPIHono,
  service: StatsService,
  { admin, timeZone }: { admin: MiddlewareHandler; timeZone: string },
): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/jobs',
      summary: 'Scheduled jobs and their last runs',
      request: { query: noQuery },
      responses: { 200: json(z.object({ jobs: z.array(jobSchema) }), 'Every job'), ...problems(400, 503) },
    }),
    async (c) => {
      const { jobs } = service;
      const runs = await jobs.lastRuns(RUNS_SHOWN);
      const shown = jobs.all.map((job) => ({
        name: job.name,
        description: job.description,
        schedule: job.schedule,
        timeZone,
        nextRun: jobs.nextRun(job),
        lastRuns: runs
          .filter((run) => run.job === job.name)
          // Reading is open to everybody: no name of a machine.
          .map(({ job: _, node: __, ...run }) => ({
            ...run,
            // Nor the cause of a failure, which may name internals.
            detail: run.outcome === 'failed' ? 'It failed; the log of the service says why.' : run.detail,
          })),
      }));
      return c.json({ jobs: shown }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/jobs/{name}/run',
      summary: 'Run a job now',
      security: [{ bearer: [] }],
      middleware: [admin],
      request: {
        query: noQuery,
        params: z.object({ name: z.string() }),
        body: { ...json(z.strictObject({ reason }), 'Why, if anything'), required: false },
      },
      responses: {
        200: json(
          z.object({ outcome: z.enum(['succeeded', 'failed', 'elsewhere']), detail: z.string() }),
          'How it ended',
        ),
        ...problems(400, 404, 413, 503),
      },
    }),
    async (c) => {
      const { jobs } = service;
      const { name } = c.req.valid('param');
      const job = jobs.all.find((candidate) => candidate.name === name);
      if (!job)
        throw noSuch(
          'job',
          name,
          jobs.all.map((candidate) => candidate.name),
        );
      const { reason } = c.req.valid('json') ?? {};
      const end = await service.trail.record(
        { ...callerOf(c), action: 'run-job', target: { job: name }, reason },
        () => jobs.runNow(job),
        ({ outcome, detail }) => ({ outcome: outcome === 'succeeded' ? 'succeeded' : 'failed', detail }),
      );
      return c.json(end, 200);
    },
  );
}
