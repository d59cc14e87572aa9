import { expect, test } from 'vitest';
import { until } from '../support/application/projects.ts';
import { connectForTest } from '../support/servers/database.ts';
import { ADMIN_TOKEN } from '../support/service/asking.ts';
import { runForTest, serviceForAll } from '../support/service/running-service.ts';

const service = serviceForAll({ CRON_REFRESH_EXPIRED: 'off' });
const headers = { Authorization: `Bearer ${ADMIN_TOKEN}` };

test('an administrator sees documents, what waits and which nodes there are; nobody else does', async () => {
  expect((await service.get('/admin/status')).status).toBe(401);
  // A build that ends marks all scopes for the next refresh.
  await until(async () => {
    const [{ isBuilt }] = await service.sql<[{ isBuilt: boolean }]>`
      SELECT generation > 0 AND NOT EXISTS (SELECT FROM dashboard_stats.marks) AS "isBuilt" FROM dashboard_stats.state`;
    return isBuilt;
  });
  await connectForTest(service.url, { max: 1, applicationName: 'dashboard-stats node web-1:42' })`SELECT`;
  const answer = await service.get('/admin/status', headers);
  expect([answer.status, answer.headers.get('Cache-Control')]).toEqual([200, 'no-store']);
  let status = await answer.json();
  // A process that had no processor for two seconds is degraded until it has polled again.
  const next = async () => {
    status = await (await service.get('/admin/status', headers)).json();
    return status;
  };
  await expect.poll(next).toMatchObject({
    node: 'test',
    health: { status: 'ready' },
    marks: 0,
    queued: { notifications: expect.any(Number), events: expect.any(Number) },
    nodes: [{ name: 'web-1:42', sessions: 1 }],
  });
  expect(status.behindMs).toBeLessThan(60_000);
  const [first] = status.documents;
  expect(first).toMatchObject({ key: 'global', version: status.revision, valid: true });
  expect(Date.parse(first.expiresAt)).toBeGreaterThan(Date.parse(status.at));
  const { items } = await (await service.get('/stats/regions')).json();
  const kept = status.documents.map(({ key }: { key: string }) => key);
  expect(kept).toEqual(expect.arrayContaining(items.map(({ key }: { key: string }) => key)));
});

test('marks that wait are counted', async () => {
  const idle = await runForTest({}, undefined, { cold: true });
  await idle.sql`DELETE FROM dashboard_stats.marks`;
  await idle.sql`INSERT INTO dashboard_stats.marks (project_id) VALUES (NULL), (NULL)`;
  const { marks } = await (await idle.get('/admin/status', headers)).json();
  expect(marks).toBe(2);
});

test('the lag of the last change is shown', async () => {
  // Or it may see a lag of its own in between.
  await service.runtime.close();
  service.service.lag(12.4);
  expect(await (await service.get('/admin/status', headers)).json()).toMatchObject({ lastLagMs: 12 });
  expect(service.lags).toContain(12.4);
});
