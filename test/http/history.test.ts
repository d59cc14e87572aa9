/** Section 5 of the contract: trends. */
import { beforeAll, describe, expect, test } from 'vitest';
import { estimateHistory } from '../../src/engine/estimate-history.ts';
import { daysAfter } from '../../src/stats/days.ts';
import { HISTORY_PATHS, METRICS } from '../../src/stats/schema.ts';
import { insertProject } from '../support/application/projects.ts';
import { contractForAll } from '../support/service/contract.ts';
import { engineContext } from '../support/service/engine-context.ts';

const service = contractForAll({}, async (sql) => {
  const id = await insertProject(sql, { region: 'northern', status: 2, kw: 10.5 });
  await sql`UPDATE "Projects" SET "CreatedAt" = now() - INTERVAL '10 days', "ActualEndDate" = now() - INTERVAL '5 days'
    WHERE "ProjectId" = ${id}`;
});
let today: string;
beforeAll(async () => {
  await service.get('/stats');
  const [state] = await service.sql`SELECT local_date::text AS today FROM dashboard_stats.state`;
  today = state?.['today'];
  // On Node the service has done so, or is at it.
  await estimateHistory(engineContext(service.sql));
});

const ask = (query: string, scope = 'global') => service.get(`/stats/${scope}/history?${query}`);
const json = async (query: string, scope?: string) => (await ask(query, scope)).json();

test('a trend has a column for each metric, and today is the present document', async () => {
  const history = await json('metrics=totalProjects,statusBreakdown.completed', 'regions/northern');
  const { version } = await (await service.get('/stats/regions/northern')).json();
  expect(history).toMatchObject({ key: 'region:northern', version, from: daysAfter(today, -89), to: today });
  expect(history.dates).toHaveLength(90);
  expect(history.dates.at(-1)).toBe(today);
  expect(history.series.totalProjects.slice(-12)).toEqual([0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
  expect(history.series['statusBreakdown.completed'].slice(-7)).toEqual([0, 1, 1, 1, 1, 1, 1]);
  expect(history.estimated).toEqual(history.dates.slice(0, -1));
});

test('a figure that was not kept is null, and one that no document shows is 0', async () => {
  const { series, estimated } = await json(
    `metrics=business.fts,statusBreakdown.unknown&from=${daysAfter(today, -1)}`,
  );
  expect(series).toEqual({ 'business.fts': [null, 0], 'statusBreakdown.unknown': [null, 0] });
  expect(estimated).toEqual([daysAfter(today, -1)]);
});

test('days are chosen by from and to; those after today are left out', async () => {
  const [from, to] = [daysAfter(today, -5), daysAfter(today, -3)];
  expect((await json(`metrics=totalProjects&from=${from}&to=${to}`)).dates).toEqual([
    from,
    daysAfter(today, -4),
    to,
  ]);
  expect(await json(`metrics=totalProjects&from=${today}&to=2999-01-01`)).toMatchObject({
    to: today,
    dates: [today],
  });
  expect((await json(`metrics=totalProjects&to=${to}`)).from).toBe(daysAfter(to, -89));
});

test('it has validators, and is loaded once for each scope', async () => {
  const first = await ask('metrics=totalProjects', 'facilities/reservoir');
  // Or the process had no processor for a second, and does not know whether this is the present.
  expect(first.headers.get('Cache-Status')).toMatch(/fwd=miss; detail=table$|detail=stale:/);
  expect(first.headers.get('Cache-Control')).toBe('private, no-cache');
  const again = async () => {
    const { headers } = await ask('metrics=schedule.overdue', 'facilities/reservoir');
    return headers.get('Cache-Status');
  };
  await expect.poll(again).toMatch(/hit; ttl=\d+; detail=memory$/);
  const headers = { 'If-None-Match': first.headers.get('ETag') ?? '' };
  const same = await service.get('/stats/facilities/reservoir/history?metrics=totalProjects', headers);
  expect([same.status, same.headers.get('ETag')]).toEqual([304, first.headers.get('ETag')]);
});

test('every figure that is one number has a history, and nothing else', async () => {
  expect(HISTORY_PATHS).toContain('averageCompletion');
  expect(HISTORY_PATHS).not.toContain('activity.lastActivityDate');
  expect(METRICS.filter(({ history }) => !history).map(({ path }) => path)).toEqual(
    expect.arrayContaining(['completionHistogram', 'location.provinces', 'activity.lastActivityDate']),
  );
  const { series } = await json(`metrics=${HISTORY_PATHS.slice(0, 20)}`);
  expect(Object.keys(series)).toEqual(HISTORY_PATHS.slice(0, 20));
});

describe('a mistake is explained', () => {
  test.each([
    ['', /metrics: is missing/],
    ['metrics=', /metrics\.0: there is no ""; GET \/meta/],
    ['metrics=overdue', /there is no "overdue" \(did you mean "schedule\.overdue"\?\)/],
    ['metrics=location.provinces', /metrics/],
    [`metrics=${HISTORY_PATHS.slice(0, 21)}`, /metrics: has more than 20 items/],
    ['metrics=totalProjects&from=2026-02-30', /from: is not a day such as /],
    ['metrics=totalProjects&from=2026-02-02&to=2026-02-01', /from: is after 2026-02-01/],
    ['metrics=totalProjects&from=1999-01-01', /from: is more than 3660 days/],
    ['metrics=totalProjects&days=7', /"days"/],
  ])('in ?%s', async (query, detail) => {
    const response = await ask(query);
    expect(response.status).toBe(400);
    expect((await response.json()).detail).toMatch(detail);
  });

  test('in the name of a scope', async () => {
    const response = await ask('metrics=totalProjects', 'regions/nothern');
    expect(response.status).toBe(404);
    expect((await response.json()).detail).toMatch(/region:northern/);
  });
});
