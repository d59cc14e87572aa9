/** What an operator sees of a service at work: its metrics, and its log. */
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { seedDemo } from '../../../src/demo/seed.ts';
import { serve } from '../../../src/runtime/node/serve.ts';
import { createDatabase } from '../../support/servers/database.ts';
import { ADMIN_TOKEN, asking } from '../../support/service/asking.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const traced = { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` };

const lines: Record<string, any>[] = [];
let base = '';
let metrics = '';
let stop = async () => {};

const { get, post } = asking((path, init) => fetch(`${base}${path}`, init));

/** The value of a sample, by its name with labels. */
const sample = (name: string) => {
  const line = metrics.split('\n').find((text) => text.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length));
};

beforeAll(async () => {
  const { sql, drop } = await createDatabase();
  await seedDemo(sql, { projects: 20, seed: 1 });
  const config = readConfig({
    ADMIN_TOKEN: `ops:${ADMIN_TOKEN}`,
    PORT: '0',
    CRON_AUDIT: 'off',
    CRON_CLASSIFY: 'off',
  });
  const log = pino({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line)) });
  const adminTokens = config.ADMIN_TOKEN ?? [];
  const shared = { sql, config, log, adminTokens, demo: false, titles: {}, version: '0.0.0' };
  const serving = await serve({ ...shared, prepare: async () => false });
  stop = async () => {
    await serving.stop();
    await drop();
  };
  base = `http://127.0.0.1:${serving.port}`;
  await serving.ready;
  // Traffic of every kind that is counted.
  for (const region of ['northern', 'southern', 'nothern'])
    await get(`/stats/regions/${region}?fields=totalProjects`, traced);
  await get('/stats/global', { 'Cache-Control': 'no-cache' });
  await get('/a/path/that/nobody/knows');
  await post('/stats/invalidate', { keys: ['global'] }, 'a-token-that-is-wrong');
  await request('/stats/invalidate', { all: true }, traced);
  await post('/jobs/refresh-expired/run', {});
  const stream = await get('/stats/stream?keys=global');
  const reader = stream.body?.getReader();
  while (!new TextDecoder().decode((await reader?.read())?.value).includes('event: stats')) await sleep(1);
  metrics = await (await get('/metrics')).text();
  await reader?.cancel();
});
afterAll(() => stop());

function request(path: string, body: object, headers: Record<string, string>) {
  const token = { Authorization: `Bearer ${ADMIN_TOKEN}`, 'Content-Type': 'application/json' };
  return fetch(`${base}${path}`, {
    method: 'POST',
    headers: { ...token, ...headers },
    body: JSON.stringify(body),
  });
}

test('requests are counted by the pattern of their route, never by their path', () => {
  const count = (labels: string) => sample(`dashboard_stats_http_request_duration_seconds_count{${labels}}`);
  expect(count('route="/stats/regions/:name",method="GET",status="2xx"')).toBe(2);
  expect(count('route="/stats/regions/:name",method="GET",status="4xx"')).toBe(1);
  expect(count('route="none",method="GET",status="4xx"')).toBe(1);
  expect(metrics).not.toMatch(/nothern|nobody/);
});

test('a request is one line of the log, with its ids, route, cache result, problem and caller', () => {
  const line = (path: string) => lines.filter((entry) => entry['path'] === path);
  expect(line('/stats/regions/northern')).toEqual([
    expect.objectContaining({
      ...{ msg: 'Request answered.', route: '/stats/regions/:name', status: 200, cache: 'memory' },
      ...{ requestId: expect.any(String), traceId: TRACE, durationMs: expect.any(Number) },
    }),
  ]);
  expect(line('/a/path/that/nobody/knows')).toEqual([
    expect.objectContaining({ route: 'none', status: 404, problem: 'not-found' }),
  ]);
  const [refused, done] = line('/stats/invalidate');
  expect([refused?.['problem'], refused?.['caller']]).toEqual(['unauthorized', undefined]);
  expect([done?.['problem'], done?.['caller']]).toEqual([undefined, 'ops']);
});

test('every line of a request has the trace id of its traceparent', () => {
  const [{ requestId }] = lines.filter((entry) => entry['caller'] === 'ops' && entry['traceId']) as [
    { requestId: string },
  ];
  const ofRequest = lines.filter((entry) => entry['requestId'] === requestId);
  expect(ofRequest.map(({ msg }) => msg)).toEqual(['An administrator has acted.', 'Request answered.']);
  expect(ofRequest.map(({ traceId }) => traceId)).toEqual([TRACE, TRACE]);
});
