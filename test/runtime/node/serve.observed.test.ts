/** What an operator sees of a service at work: its metrics, and its log. */
import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { connect } from '../../../src/db/connection.ts';
import { seedDemo } from '../../../src/demo/seed.ts';
import { serve } from '../../../src/runtime/node/serve.ts';
import { until } from '../../support/application/projects.ts';
import { connectForTest, createDatabase, holding } from '../../support/servers/database.ts';
import { folderForTest } from '../../support/servers/folder.ts';
import { type DatabaseProxy, startProxy } from '../../support/servers/proxy.ts';
import { ADMIN_TOKEN, asking } from '../../support/service/asking.ts';
import { ROOT } from '../../support/service/bundle.ts';
import { NO_CACHE, readinessOf } from '../../support/service/observing.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const traced = { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` };

const lines: Record<string, any>[] = [];
let base = '';
let url = '';
let proxy: DatabaseProxy;
let metrics = '';
let stop = async () => {};

const { get, post } = asking((path, init) => fetch(`${base}${path}`, init));

/** The value of a sample, by its name with labels. */
const sample = (name: string) => {
  const line = metrics.split('\n').find((text) => text.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length));
};

beforeAll(async () => {
  const database = await createDatabase();
  url = database.url;
  await seedDemo(database.sql, { projects: 20, seed: 1 });
  proxy = await startProxy(url);
  const sql = connect(proxy.url, { queryTimeoutMs: 3_000 });
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
    await sql.end({ timeout: 1 });
    proxy.close();
    await database.drop();
  };
  base = `http://127.0.0.1:${serving.port}`;
  await serving.ready;
  // Traffic of every kind that is counted.
  for (const region of ['northern', 'southern', 'nothern'])
    await get(`/stats/regions/${region}?fields=totalProjects`, traced);
  await get('/stats/global', NO_CACHE);
  await get('/a/path/that/nobody/knows');
  await post('/stats/invalidate', { keys: ['global'] }, 'a-token-that-is-wrong');
  await request('/stats/invalidate', { all: true }, traced);
  await post('/jobs/refresh-expired/run', {});
  const stream = await get('/stats/stream?keys=global');
  const reader = stream.body?.getReader();
  for (let text = ''; !text.includes('event: stats'); ) {
    const { done, value } = (await reader?.read()) ?? { done: true };
    if (done) throw new Error(`The stream ended after: ${text}`);
    text += new TextDecoder().decode(value);
  }
  // The cells that are built behind the first answers leave marks when they are done.
  await until(async () => {
    metrics = await (await get('/metrics')).text();
    return sample('dashboard_stats_marks_waiting') === 0;
  });
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
      ...{
        msg: 'Request answered.',
        route: '/stats/regions/:name',
        status: 200,
        cache: expect.stringMatching(/^(memory|stale:)/),
      },
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

const documentOf = (name: string) => readFile(join(ROOT, 'docs', name), 'utf8');

/** Names of metrics; those of a histogram without their suffixes. */
function namesIn(text: string): Set<string> {
  const names = [...text.matchAll(/\b(?:dashboard_stats|nodejs|process)_[a-z0-9_]+/g)].map(([name]) => name);
  return new Set(names.map((name) => name.replace(/_(bucket|sum|count)$/, '')));
}

test('docs/monitoring.md lists every metric of the service, and no other', async () => {
  const rows = (await documentOf('monitoring.md')).split('\n').filter((line) => line.startsWith('| `'));
  const listed = rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name),
  );
  const typed = [...metrics.matchAll(/^# TYPE dashboard_stats_(\w+)/gm)].map(([, name]) => name);
  expect(listed.sort()).toEqual(typed.sort());
});

test.each(['alerts.yml', 'dashboard.json'])(
  'every metric that %s names is in a real answer',
  async (name) => {
    const named = namesIn(await documentOf(`monitoring/${name}`));
    const answered = namesIn(metrics.replace(/^#.*/gm, ''));
    expect(named.size).toBeGreaterThan(10);
    expect([...named].filter((metric) => !answered.has(metric))).toEqual([]);
  },
);

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
function promtool(args: string[], input?: string): void {
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8' });
  expect(`${stdout}${stderr}`).not.toMatch(/FAILED|should/);
  expect(status).toBe(0);
}

test.skipIf(!hasPromtool)(
  'promtool (Debian: prometheus) finds no fault in them, nor in the answer',
  async () => {
    promtool(['check', 'rules', join(ROOT, 'docs/monitoring/alerts.yml')]);
    // prom-client's own metrics of the process break its rules.
    promtool(
      ['check', 'metrics'],
      `${metrics
        .split('\n\n')
        .filter((part) => part.includes('dashboard_stats_'))
        .join('\n')}\n`,
    );
    const file = join(await folderForTest(), 'rules.yml');
    const { panels } = JSON.parse(await documentOf('monitoring/dashboard.json'));
    const expressions: string[] = panels.flatMap(({ targets = [] }) =>
      targets.map(({ expr }: { expr: string }) => expr),
    );
    const rules = expressions.map((expr, i) => ({
      record: `panel_${i}`,
      expr: expr.replaceAll('$__rate_interval', '5m'),
    }));
    await writeFile(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    promtool(['check', 'rules', file]);
  },
);

test('the metrics tell what has happened, and how the service is', () => {
  const expected = {
    'answers_total{cache="refresh"}': 1,
    'problems_total{problem="unauthorized"}': 1,
    'ready{status="ready"}': 1,
    'ready{status="degraded"}': 0,
    triggers_ok: 1,
    documents: 13,
    streams: 1,
    stream_events_sent_total: 1,
    stream_clients_dropped_total: 0,
    marks_waiting: 0,
    database_queries_waiting: 0,
  };
  const told = Object.keys(expected).map((name) => [name, sample(`dashboard_stats_${name}`)]);
  expect(Object.fromEntries(told)).toEqual(expected);
  const age =
    Date.now() / 1000 -
    (sample('dashboard_stats_job_last_success_timestamp_seconds{job_name="refresh-expired"}') ?? 0);
  expect(age).toBeLessThan(60);
});

test.each([
  ['an invalidation', () => request('/stats/invalidate', { all: true }, traced)],
  ['a recomputation', () => request('/stats/recompute', {}, traced)],
  ['a read that asks for the present', () => get('/stats/global', { ...traced, ...NO_CACHE })],
])(
  'PostgreSQL sees the trace id of %s as the name of the session, while its transaction lasts',
  async (_, ask) => {
    const observer = connectForTest(url);
    const sessions = async () => {
      const [row] = await observer<[{ n: number }]>`
      SELECT count(*)::integer AS n FROM pg_stat_activity WHERE application_name = ${`dashboard-stats trace ${TRACE}`}`;
      return row.n;
    };
    const application = await holding(url, 'SELECT FROM dashboard_stats.state FOR UPDATE');
    const answer = ask();
    await until(async () => (await sessions()) === 1);
    await application`COMMIT`;
    expect((await answer).status).toBe(200);
    expect(await sessions()).toBe(0);
  },
);

test('an outage of the database is two lines of the log, however many requests fail, and /metrics tells what it still knows', async () => {
  lines.length = 0;
  proxy.mode = 'hangUp';
  proxy.cut();
  const failed = new Set<number>();
  const paths = [
    '/stats/global',
    '/jobs',
    '/stats/lists/overdue',
    '/stats/global/history?metrics=totalProjects',
  ];
  await until(async () => {
    for (const path of paths) failed.add((await get(path, NO_CACHE)).status);
    return JSON.stringify(await readinessOf({ get })).includes('does not answer');
  });
  expect([...failed]).toEqual([503]);
  metrics = await (await get('/metrics')).text();
  expect(sample('dashboard_stats_ready{status="degraded"}')).toBe(1);
  const unknown = ['triggers_ok', 'marks_waiting', 'outbox_waiting{kind="events"}'];
  expect(unknown.map((name) => sample(`dashboard_stats_${name}`))).toEqual([
    Number.NaN,
    Number.NaN,
    Number.NaN,
  ]);
  proxy.mode = 'pass';
  await until(async () => (await readinessOf({ get })).status === 'ready', 20_000);
  const messages = lines.map(({ msg }) => msg).filter((message) => message !== 'Request answered.');
  expect(messages).toEqual([
    'The database does not answer; statistics are served from memory.',
    'The database answers again.',
  ]);
});
