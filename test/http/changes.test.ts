/** What makes statistics change: the application's own writes, reported activities, and administrators. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { insertProject, until } from '../support/application/projects.ts';
import { EVENTS_TOKEN } from '../support/service/asking.ts';
import { contractForAll } from '../support/service/contract.ts';
import { ranJob } from '../support/service/observing.ts';

let project: string;

const service = contractForAll({}, async (sql) => {
  project = await insertProject(sql, { region: 'northern', facility: 'reservoir' });
});

/** An activity of a project as a sender reports it. */
const activityOf = (projectId: string, more: object = {}) => ({
  ...{
    projectId,
    activityType: 'updated',
    entityType: 'project',
    entityId: projectId,
    title: 't',
    description: '',
  },
  ...more,
});
const document = async (path: string, headers?: Record<string, string>) =>
  (await service.get(path, headers)).json();

test('a row that the application writes shows by itself', async () => {
  const before = await document('/stats/regions/western');
  await service.sql`UPDATE "Projects" SET "Region" = 'western' WHERE "ProjectId" = ${project}`;
  await until(async () => (await document('/stats/regions/western')).statistics.totalProjects === 1);
  const after = await document('/stats/regions/western');
  expect(after.version).toBeGreaterThan(before.version);
  expect((await document('/stats/regions/northern')).statistics.totalProjects).toBe(0);
  // Central had no part in it: G2.
  expect((await document('/stats/regions/central')).version).toBe(1);
});

test('a region that is added, renamed or switched off is picked up', async () => {
  const { sql } = service;
  await sql`INSERT INTO "ProjectRegions" ("RegionName", "RegionDisplayName") VALUES ('isan', 'Isan 🌾')`;
  await until(async () => (await service.get('/stats/regions/isan')).status === 200);
  expect((await document('/stats/regions/isan')).displayName).toBe('Isan 🌾');
  await sql`UPDATE "ProjectRegions" SET "RegionName" = 'northeast' WHERE "RegionName" = 'isan'`;
  await until(async () => (await service.get('/stats/regions/northeast')).status === 200);
  expect((await service.get('/stats/regions/isan')).status).toBe(404);
  await sql`UPDATE "ProjectRegions" SET "IsActive" = false WHERE "RegionName" = 'northeast'`;
  await until(async () => (await service.get('/stats/regions/northeast')).status === 404);
});

test('a bulk update of 25,000 rows and a TRUNCATE show in the statistics', { timeout: 60_000 }, async () => {
  const { sql } = service;
  await sql`
    INSERT INTO "Projects" ("ProjectId", "ProjectName", "Address", "ClientInfo", "Status", "StartDate", "Region")
    SELECT gen_random_uuid(), 'p', 'a', 'c', 0, now(), 'central' FROM generate_series(1, 25000)`;
  await sql`UPDATE "Projects" SET "Status" = 3 WHERE "Region" = 'central'`;
  await until(
    async () => (await document('/stats/regions/central')).statistics.statusBreakdown.onHold === 25_000,
    30_000,
  );
  await sql`TRUNCATE "Projects" CASCADE`;
  await until(async () => (await document('/stats/global')).statistics.totalProjects === 0, 30_000);
  expect((await document('/stats/global')).statistics.averageCompletion).toBeNull();
  project = await insertProject(sql, { region: 'northern', facility: 'reservoir' });
});

test('no-cache answers with every commit made before the request', async () => {
  for (let i = 1; i <= 20; i++) {
    await service.sql`UPDATE "Projects" SET "PvModuleCount" = ${i} WHERE "ProjectId" = ${project}`;
    const { statistics } = await document('/stats/regions/northern', { 'Cache-Control': 'no-cache' });
    expect(statistics.capacity.pvModules).toBe(i);
  }
});

test('invalidate answers a revision below which these keys are never served again', async () => {
  for (let i = 0; i < 10; i++) {
    const answer = await service.post('/stats/invalidate', {
      keys: ['region:northern', 'global'],
      reason: 'test',
    });
    expect(answer.status).toBe(200);
    const { revision, keys } = await answer.json();
    expect(keys).toEqual(['global', 'region:northern']);
    expect((await document('/stats/regions/northern')).version).toBeGreaterThanOrEqual(revision);
    const { version } = await document(`/stats/global?minRevision=${revision}`);
    expect(version).toBeGreaterThanOrEqual(revision);
  }
  const byProject = await (await service.post('/stats/invalidate', { projectIds: [project] })).json();
  expect(byProject.keys).toEqual(['facility:reservoir', 'global', 'region:northern']);
  expect((await (await service.post('/stats/invalidate', { all: true })).json()).keys).toHaveLength(10);
});

test('recompute says what it changed', async () => {
  const answer = await service.post('/stats/recompute', { keys: ['global'] });
  expect(answer.status).toBe(200);
  const { items, durationMs } = await answer.json();
  expect(items).toEqual([{ key: 'global', version: expect.any(Number), changed: expect.any(Boolean) }]);
  expect(durationMs).toBeGreaterThanOrEqual(0);
});

test('an activity is stored once, raises LastActivityAt and shows in the statistics', async () => {
  const activity = activityOf(project, { activityId: randomUUID(), title: 'งาน "ก" 🌞' });
  const send = async (body: unknown) => (await service.post('/events/activity', body, EVENTS_TOKEN)).json();
  expect(await send(activity)).toEqual({ accepted: 1, duplicates: 0, rejected: [] });
  expect(await send([activity, { ...activity, activityId: randomUUID(), projectId: randomUUID() }])).toEqual({
    accepted: 0,
    duplicates: 1,
    rejected: [{ index: 1, reason: expect.stringContaining('no project') }],
  });
  const { statistics } = await document('/stats/regions/northern', { 'Cache-Control': 'no-cache' });
  expect(statistics.activity).toMatchObject({ eventsToday: 1, activeProjects: { today: 1 } });
});

test('an activity of a project that somebody has locked is given up in time, holds nobody up, and is not stored later', async () => {
  const { sql } = service;
  const [first, second] = [await insertProject(sql), await insertProject(sql)].sort() as [string, string];
  const holder = await sql.reserve();
  try {
    await holder.unsafe('BEGIN');
    await holder`UPDATE "Projects" SET "Team" = 'x' WHERE "ProjectId" = ${second}`;
    const answer = await service.post(
      '/events/activity',
      [activityOf(first), activityOf(second)],
      EVENTS_TOKEN,
    );
    expect(answer.status).toBe(503);
    await sql`UPDATE "Projects" SET "Team" = 'y' WHERE "ProjectId" = ${first}`;
    await holder.unsafe('COMMIT');
  } finally {
    holder.release();
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(
    await sql`SELECT FROM "ProjectActivityFeed" WHERE "ProjectId" IN (${first}, ${second})`,
  ).toHaveLength(0);
  await sql`DELETE FROM "Projects" WHERE "ProjectId" IN (${first}, ${second})`;
});

test('an activity of the future is rejected, and LastActivityAt stays', async () => {
  const at = (createdAt: string) => activityOf(project, { createdAt });
  const last = () => service.sql`SELECT "LastActivityAt" FROM "Projects" WHERE "ProjectId" = ${project}`;
  const before = await last();
  const both = [at('2999-01-01T00:00:00Z'), at('2020-01-01T00:00:00Z')];
  expect(await (await service.post('/events/activity', both)).json()).toEqual({
    accepted: 1,
    duplicates: 0,
    rejected: [{ index: 0, reason: 'createdAt lies in the future.' }],
  });
  expect(await last()).toEqual(before);
});

test('the seven decimals of .NET are cut to six, as rounding could make it another day', async () => {
  const activityId = randomUUID();
  const createdAt = '2020-01-01T16:59:59.9999999Z';
  const answer = await service.post('/events/activity', activityOf(project, { activityId, createdAt }));
  expect(await answer.json()).toMatchObject({ accepted: 1 });
  const [row] = await service.sql`
    SELECT extract(microseconds FROM "CreatedAt")::integer AS microseconds FROM "ProjectActivityFeed"
    WHERE "ActivityId" = ${activityId}`;
  expect(row?.['microseconds']).toBe(59_999_999);
});

test.each([501, 50_000])(
  'an activity with data nested %i deep is refused as the sender’s fault',
  async (depth) => {
    const deep = `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    const body = JSON.stringify(activityOf(project, { activityData: 0 })).replace(
      '"activityData":0',
      `"activityData":${deep}`,
    );
    expect((await service.post('/events/activity', body)).status).toBe(400);
  },
);

test.each([
  ['a lone surrogate', { title: '\ud800' }],
  ['half of a surrogate pair inside its data', { activityData: { a: ['\udfff'] } }],
  ['a NUL inside its data', { activityData: { a: '\0' } }],
  ['the year 0', { createdAt: '0000-01-01T00:00:00Z' }],
  ['an offset of 20 hours', { createdAt: '2026-01-01T00:00:00+20:00' }],
])("an activity with %s, which PostgreSQL cannot store, is refused as the sender's fault", async (_, odd) => {
  const response = await service.post('/events/activity', activityOf(project, odd));
  expect(response.status).toBe(400);
  expect((await response.json()).type).toBe('/problems/invalid-request');
});

test.each([
  ['/stats/invalidate', {}, 400, /exactly one/],
  ['/stats/invalidate', { keys: ['global'], all: true }, 400, /exactly one/],
  ['/stats/invalidate', { keys: [] }, 400, /keys/],
  ['/stats/invalidate', { keys: ['region:x'] }, 404, /region:x/],
  ['/stats/invalidate', { keys: ['region:\0'] }, 400, /keys\.0: holds a NUL/],
  ['/stats/invalidate', { projectIds: ['\0'] }, 400, /projectIds\.0: is not an id such as /],
  ['/stats/invalidate', [], 400, /body: is not an object/],
  ['/stats/invalidate', { keys: 'global' }, 400, /keys: is not a list/],
  ['/stats/invalidate', { all: false }, 400, /all: is not true/],
  ['/stats/invalidate?force=1', { all: true }, 400, /query: takes no "force"/],
  ['/stats/recompute?full=1', {}, 400, /query: takes no "full"/],
  ['/events/activity?x=1', {}, 400, /query: takes no "x"/],
  ['/jobs/audit/run?x=1', {}, 400, /query: takes no "x"/],
  ['/jobs/%00/run', {}, 404, /no job/],
  [
    '/stats/invalidate',
    { projectIds: ['00000000-0000-4000-8000-000000000000'] },
    404,
    /no project "00000000/,
  ],
  ['/stats/invalidate', { all: true, colour: 1 }, 400, /colour/],
  ['/stats/recompute', { keys: ['nope'] }, 404, /nope/],
  ['/stats/recompute', '{"keys":', 400, /JSON/],
  ['/events/activity', { title: 'x' }, 400, /expected. projectId: is missing/],
  ['/events/activity', [{ title: 1, severity: 5, createdAt: 'x' }], 400, /0\.title: is not text/],
  ['/events/activity', 7, 400, /body: is not an object/],
  ['/events/activity', [], 400, /body: is empty/],
  ['/events/activity', JSON.stringify('x'.repeat(1_100_000)), 413, /bytes/],
])('%s refuses %j', async (path, body, status, detail) => {
  const response = await service.post(path, body);
  expect(response.status).toBe(status);
  expect(response.headers.get('Content-Type')).toBe('application/problem+json');
  expect((await response.json()).detail).toMatch(detail);
});

test('a list or a text that is too long is refused with its bound', async () => {
  const body = { keys: Array(101).fill('global'), reason: 'x'.repeat(501) };
  const { detail } = await (await service.post('/stats/invalidate', body)).json();
  expect(detail).toMatch(/keys: has more than 100 items; reason: has more than 500 characters/);
});

test('without the token nothing is changed; the events token only reports', async () => {
  for (const path of ['/stats/invalidate', '/stats/recompute', '/jobs/audit/run']) {
    expect((await service.post(path, { all: true }, 'wrong')).status).toBe(401);
    expect((await service.post(path, { all: true }, EVENTS_TOKEN)).status).toBe(403);
  }
});

test('a job that is run is recorded and shown', async () => {
  expect(await ranJob(service, 'audit')).toMatchObject({ outcome: 'succeeded' });
  const { jobs } = await document('/jobs');
  const audit = jobs.find((job: { name: string }) => job.name === 'audit');
  expect(audit).toMatchObject({ schedule: '*/15 * * * *', timeZone: 'Asia/Bangkok' });
  expect(audit.lastRuns[0]).toMatchObject({ outcome: 'succeeded' });
  // Anybody may read this, and the name of a machine is nobody else's business.
  expect(audit.lastRuns[0]).not.toHaveProperty('node');
  expect(Date.parse(audit.nextRun)).toBeGreaterThan(Date.now());
});
