/** Section 5 of the contract: the projects behind a figure. */
import { describe, expect, test } from 'vitest';
import { LISTS } from '../../src/stats/lists.ts';
import { insertProject } from '../support/application/projects.ts';
import { contractForAll } from '../support/service/contract.ts';
import { runForTest } from '../support/service/running-service.ts';

const service = contractForAll({}, async (sql) => {
  for (let n = 0; n < 3; n++) {
    const id = await insertProject(sql, { region: 'northern', status: 1 });
    await sql`UPDATE "Projects" SET "ProjectName" = ${`p${n}`}, "EstimatedEndDate" = now() - ${n + 1} * INTERVAL '1 day'
        WHERE "ProjectId" = ${id}`;
  }
});

const ask = (path: string, headers = {}) => service.get(`/stats/lists/${path}`, headers);
const json = async (path: string) => (await ask(path)).json();
const namesOf = (list: { items: { name: string }[] }) => list.items.map(({ name }) => name);

test('a list begins with the worst, and its total is the figure of the document', async () => {
  const list = await json('overdue?scope=region:northern');
  const { version, asOf, statistics } = await (await service.get('/stats/regions/northern')).json();
  expect(list).toMatchObject({ version, asOf, scope: 'region:northern', list: 'overdue', next: null });
  expect(list.total).toBe(statistics.schedule.overdue);
  expect(namesOf(list)).toEqual(['p2', 'p1', 'p0']);
});

test('a list goes on after what it names as next', async () => {
  const first = await json('overdue?limit=2');
  expect(namesOf(first)).toEqual(['p2', 'p1']);
  expect(namesOf(await json(`overdue?limit=2&after=${first.next}`))).toEqual(['p0']);
});

test('it has validators, and is read once for each revision', async () => {
  await ask('overdue?limit=7', { 'Cache-Control': 'no-cache' });
  const label = async () => (await ask('overdue?limit=7')).headers.get('Cache-Status');
  await expect.poll(label).toMatch(/hit.*detail=memory/);
  const first = await ask('overdue?limit=7');
  expect(first.headers.get('Cache-Control')).toBe('private, no-cache');
  const etag = first.headers.get('ETag') ?? '';
  expect((await ask('overdue?limit=7', { 'If-None-Match': etag })).status).toBe(304);
  await service.sql`UPDATE "Projects" SET "Status" = 2 WHERE "ProjectName" = 'p1'`;
  const later = await ask('overdue?limit=7', { 'If-None-Match': etag, 'Cache-Control': 'no-cache' });
  expect(namesOf(await later.json())).toEqual(['p2', 'p0']);
});

test('a change that moves no figure is in the list at once where the present is asked for', async () => {
  await service.sql`UPDATE "Projects" SET "ProjectName" = 'renamed' WHERE "ProjectName" = 'p2'`;
  const list = await (await ask('overdue', { 'Cache-Control': 'no-cache' })).json();
  expect(namesOf(list)[0]).toBe('renamed');
});

test('every list is there', async () => {
  for (const list of Object.keys(LISTS)) expect(await json(list)).toMatchObject({ list, scope: 'global' });
});

describe('a mistake is explained', () => {
  test.each([
    ['late', 404, /overdue, dueNext30Days/],
    ['overdue?scope=region:nothern', 404, /region:northern/],
    ['overdue?limit=0', 400, /limit/],
    ['overdue?limit=101', 400, /limit/],
    ['overdue?after=x', 400, /after: is not what an earlier answer has as next/],
    [
      'overdue?after=2026-02-31_11111111-1111-1111-1111-111111111111',
      400,
      /after: is not what an earlier answer has as next/,
    ],
    ['overdue?page=2', 400, /"page"/],
  ])('in %s', async (path, status, detail) => {
    const response = await ask(path);
    expect(response.status).toBe(status);
    expect((await response.json()).detail).toMatch(detail);
  });

  test('where lists are switched off', async () => {
    const closed = await runForTest({ LISTS: 'off' });
    const response = await closed.get('/stats/lists/overdue');
    expect([response.status, (await response.json()).detail]).toEqual([
      404,
      expect.stringMatching(/LISTS=off/),
    ]);
    expect((await (await closed.get('/meta')).json()).lists).toEqual([]);
  });
});

test('a document that somebody deleted from the table is computed again for its list', async () => {
  await service.sql`DELETE FROM "DashboardStatsCache" WHERE "CacheKey" = 'region:western'`;
  const answer = await ask('overdue?scope=region:western&limit=3');
  expect([answer.status, (await answer.json()).total]).toEqual([200, 0]);
});
