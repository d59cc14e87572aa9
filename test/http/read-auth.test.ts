import { expect, onTestFinished, test, vi } from 'vitest';
import { seedDemo } from '../../src/demo/seed.ts';
import { StreamBroadcast } from '../../src/http/stream/broadcast.ts';
import { ADMIN_TOKEN } from '../support/service/asking.ts';
import { JWT_SECRET, signJwt } from '../support/service/no-tokens.ts';
import { serviceForAll } from '../support/service/running-service.ts';

const READS = [
  '/',
  '/stats',
  '/stats/global',
  '/stats/regions',
  '/stats/regions/northern',
  '/stats/global/history?metrics=totalProjects',
  '/stats/lists/overdue',
  '/stats/stream',
  '/meta',
];
const OPEN = ['/livez', '/readyz', '/healthz', '/openapi.json', '/widgets.js'];
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const METRICS_TOKEN = 'a-metrics-token-for-tests';
const service = serviceForAll({ METRICS_TOKEN, JWT_SECRET, READ_AUTH: 'required' }, (sql) =>
  seedDemo(sql, { projects: 10, seed: 1 }),
);

test('with READ_AUTH=required everything that shows figures takes a token, and what shows none is open', async () => {
  const statuses = async (paths: string[], headers = {}) =>
    Promise.all(
      paths.map(async (path) => {
        const answer = await service.get(path, headers);
        await answer.body?.cancel();
        return `${path} ${answer.status}`;
      }),
    );
  const all = (paths: string[], status: number) => paths.map((path) => `${path} ${status}`);
  expect(await statuses(READS)).toEqual(all(READS, 401));
  expect(await statuses(READS, bearer(ADMIN_TOKEN))).toEqual(all(READS, 200));
  expect(await statuses(OPEN)).toEqual(all(OPEN, 200));
});

test('what there is not is 404, without a token too', async () => {
  for (const path of ['/stat', '/stats/global/histor', '/nothing'])
    expect((await service.get(path)).status).toBe(404);
  const page = await service.get('/', { Accept: 'text/html' });
  expect([page.status, await page.text()]).toEqual([401, expect.stringMatching(/<noscript>.*JavaScript/)]);
});

test('only the stream takes its token from the address', async () => {
  const stream = await service.get(`/stats/stream?access_token=${ADMIN_TOKEN}`);
  await stream.body?.cancel();
  expect(stream.status).toBe(200);
  expect((await service.get(`/stats/global?access_token=${ADMIN_TOKEN}`)).status).toBe(401);
});

test('a stream knows until when its token is accepted, where it ends', async () => {
  const open = vi.spyOn(StreamBroadcast.prototype, 'open');
  onTestFinished(() => open.mockRestore());
  for (const token of [await signJwt({ exp: 4_000_000_000 }), ADMIN_TOKEN])
    await (await service.get('/stats/stream', bearer(token))).body?.cancel();
  expect(open.mock.calls.map((call) => call[4])).toEqual([4_000_000_060_000, undefined]);
});

test('METRICS_TOKEN closes /metrics and /jobs, and opens nothing else', async () => {
  expect((await service.get('/jobs')).status).toBe(401);
  expect((await service.get('/jobs', bearer(METRICS_TOKEN))).status).toBe(200);
  expect((await service.get('/jobs', bearer(ADMIN_TOKEN))).status).toBe(200);
  expect((await service.get('/metrics')).status).toBe(401);
  expect((await service.get('/stats/global', bearer(METRICS_TOKEN))).status).toBe(403);
});
