/** The trail: every admin action leaves a row that says who did what, and what came of it. */
import { beforeEach, expect, test, vi } from 'vitest';
import { serviceForAll } from '../support/service/running-service.ts';
import { typeCommand } from '../support/service/typed-command.ts';

const OPS = 'the-token-of-operations';
const NEXT = 'the-token-of-somebody-else';

const service = serviceForAll({ ADMIN_TOKEN: `ops:${OPS},${NEXT}` });
beforeEach(() => service.sql`DELETE FROM dashboard_stats.admin_actions`);

const trail = async (query = '') => {
  const answer = await service.get(`/admin/actions${query}`, { Authorization: `Bearer ${OPS}` });
  expect([answer.status, answer.headers.get('Cache-Control')]).toEqual([200, 'no-store']);
  return answer.json();
};

// The first, as it counts every invalidation.
test('the log of events gets one row for all invalidations, beside the one for refreshes', async () => {
  const { sql } = service;
  const refreshes = () => sql`SELECT FROM "RealTimeEventsLog" WHERE "EventType" = 'StatsRefreshed'`;
  await expect.poll(refreshes).toHaveLength(1);
  // The next one would come ten seconds after it.
  await sql`UPDATE dashboard_stats.outbox SET logged_at = logged_at - INTERVAL '1 minute'`;
  const first = await (await service.post('/stats/invalidate', { all: true }, OPS)).json();
  await vi.waitFor(
    async () => {
      const [event] = await sql`
        SELECT "EventData" AS data, "BroadcastGroups" AS groups FROM "RealTimeEventsLog"
        WHERE "EventType" = 'StatsInvalidated' AND "UserName" = 'dashboard-stats'`;
      expect(event).toMatchObject({
        data: { revisions: [first.revision], invalidations: 1, keys: first.keys },
      });
      expect(event?.['groups']).toContain('all_users');
    },
    { timeout: 20_000, interval: 200 },
  );
});

test('an invalidation, a recomputation and a run of a job are recorded with who, what, why and the result', async () => {
  const reason = 'ตัวเลขไม่ตรง';
  const answer = await service.post('/stats/invalidate', { keys: ['global'], reason }, OPS);
  const { revision } = await answer.json();
  await service.post('/stats/recompute', { full: true, reason: 'new zone' }, NEXT);
  await service.post('/jobs/purge/run', { reason: 'space' }, OPS);
  await service.request('/jobs/purge/run', { method: 'POST', headers: { Authorization: `Bearer ${OPS}` } });
  const { items, next } = await trail();
  expect(next).toBeNull();
  expect(items).toMatchObject([
    { who: 'ops', action: 'run-job', target: { job: 'purge' }, reason: null },
    { who: 'ops', action: 'run-job', target: { job: 'purge' }, reason: 'space', outcome: 'succeeded' },
    { who: 'admin', action: 'recompute', target: { full: true }, reason: 'new zone', outcome: 'succeeded' },
    {
      who: 'ops',
      action: 'invalidate',
      target: { keys: ['global'] },
      reason,
      outcome: 'succeeded',
      revision,
    },
  ]);
  expect(items[3]).toMatchObject({
    requestId: answer.headers.get('X-Request-Id'),
    detail: 'Documents that were invalidated: 1.',
    durationMs: expect.any(Number),
  });
  expect(Math.abs(Date.parse(items[3].at) - Date.now())).toBeLessThan(60_000);
});

test('what failed is recorded with its cause, and what was refused is no action', async () => {
  await service.post('/stats/invalidate', { keys: ['region:nowhere'] }, OPS);
  await service.post('/stats/invalidate', {}, OPS);
  await service.post('/stats/invalidate', { all: true }, 'a wrong one');
  await service.post('/jobs/no-such-job/run', {}, OPS);
  const { items } = await trail();
  expect(items).toMatchObject([
    { action: 'invalidate', outcome: 'failed', detail: 'There is no "region:nowhere".', revision: null },
  ]);
});

test('nothing is done that cannot be recorded', async () => {
  const revision = async () => (await service.sql`SELECT revision FROM dashboard_stats.state`)[0];
  const before = await revision();
  await service.sql`ALTER TABLE dashboard_stats.admin_actions RENAME TO gone`;
  expect((await service.post('/stats/invalidate', { all: true }, OPS)).status).toBe(503);
  expect(await revision()).toEqual(before);
  await service.sql`ALTER TABLE dashboard_stats.gone RENAME TO admin_actions`;
});

test('the trail comes in parts, newest first', async () => {
  await service.sql`
    INSERT INTO dashboard_stats.admin_actions (who, action, target)
    SELECT n::text, 'recompute', '{}' FROM generate_series(1, 5) n`;
  const who = ({ items }: { items: { who: string }[] }) => items.map((item) => item.who);
  const first = await trail('?limit=3');
  const second = await trail(`?limit=3&after=${first.next}`);
  expect([who(first), who(second), second.next]).toEqual([['5', '4', '3'], ['2', '1'], null]);
});

test.each([
  ['/admin/actions', 401],
  ['/admin/actions?limit=0', 400],
  ['/admin/actions?limit=201', 400],
  ['/admin/actions?after=x', 400],
  ['/admin/actions?before=1', 400],
])('%s is answered with %i', async (path, status) => {
  const headers: Record<string, string> = status === 401 ? {} : { Authorization: `Bearer ${OPS}` };
  expect((await service.get(path, headers)).status).toBe(status);
});

test('a command is recorded with the user and the machine that it ran on', async () => {
  const DATABASE_URL = service.url;
  await typeCommand('invalidate global --reason why --json', { DATABASE_URL });
  await typeCommand('recompute --full --json', { DATABASE_URL });
  await typeCommand('classify --json', { DATABASE_URL });
  await typeCommand('classify --dry-run --json', { DATABASE_URL });
  const { items } = await trail();
  const caller = { who: expect.stringMatching(/^\S+ \(command\)$/), address: expect.any(String) };
  expect(items).toMatchObject([
    { ...caller, action: 'run-job', target: { job: 'classify' }, outcome: 'succeeded' },
    { ...caller, action: 'recompute', target: { full: true }, outcome: 'succeeded' },
    { ...caller, action: 'invalidate', target: { keys: ['global'] }, reason: 'why', outcome: 'succeeded' },
  ]);
});
