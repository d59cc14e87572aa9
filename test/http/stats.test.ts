/** Section 5 of the contract: what readers of the statistics get. */
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { documentSchema, FIELDS, SCHEMA_VERSION } from '../../src/stats/schema.ts';
import { insertProject } from '../support/application/projects.ts';
import { EVENTS_TOKEN } from '../support/service/asking.ts';
import { contractForAll } from '../support/service/contract.ts';
import { runForTest } from '../support/service/running-service.ts';

const service = contractForAll({ CORS_ORIGINS: 'https://dash.example' }, async (sql) => {
  await insertProject(sql, { region: 'Northern', facility: 'reservoir', status: 2, kw: 10.5 });
  await insertProject(sql, { region: 'northern', facility: null });
  await insertProject(sql, { region: null, facility: 'RESERVOIR' });
});

const json = async (path: string) => (await service.get(path)).json();

test('a document has the shape of its schema and counts the projects', async () => {
  const document = documentSchema.strict().parse(await json('/stats/regions/northern'));
  expect(document).toMatchObject({ key: 'region:northern', type: 'regional', schemaVersion: SCHEMA_VERSION });
  expect(document.statistics.totalProjects).toBe(2);
  expect(document.statistics.capacity).toMatchObject({ totalKw: 11.5, completedKw: 10.5 });
  expect(document.statistics.breakdown).toEqual({
    facilities: expect.arrayContaining([
      { name: 'reservoir', total: 1, completed: 1, totalKw: 10.5, overdue: 0 },
      { name: 'unassigned', total: 1, completed: 0, totalKw: 1, overdue: 0 },
      { name: 'water_treatment', total: 0, completed: 0, totalKw: 0, overdue: 0 },
    ]),
    authorities: expect.any(Array),
  });
});

test('the bundle holds every scope once, by name, and its regions add up to its global', async () => {
  const bundle = await json('/stats');
  const regions = bundle.regions.map((d: { name: string }) => d.name);
  expect(regions).toEqual(['central', 'northern', 'unknown', 'western']);
  expect(bundle.facilities).toHaveLength(5);
  const total = (items: { statistics: { totalProjects: number } }[]) =>
    items.reduce((sum, item) => sum + item.statistics.totalProjects, 0);
  expect(total(bundle.regions)).toBe(bundle.global.statistics.totalProjects);
  expect(bundle.version).toBe(
    Math.max(bundle.global.version, ...bundle.regions.map((d: { version: number }) => d.version)),
  );
});

test('a list of no documents has version 0, no asOf and nothing left to live', async () => {
  const none = await runForTest({}, (sql) => sql`UPDATE "WaterFacilityTypes" SET "IsActive" = false`);
  expect(await (await none.get('/stats/facilities')).json()).toEqual({ version: 0, asOf: null, items: [] });
  await expect
    .poll(async () => (await none.get('/stats/facilities')).headers.get('Cache-Status'))
    .toBe('dashboard-stats; hit; ttl=0; detail=memory');
});

test('keys are answered in the order asked, comma-separated or repeated', async () => {
  const keys = async (query: string) =>
    (await json(`/stats?${query}`)).items.map((d: { key: string }) => d.key);
  expect(await keys('keys=region:western,global')).toEqual(['region:western', 'global']);
  expect(await keys('keys=global&keys=facility:reservoir')).toEqual(['global', 'facility:reservoir']);
});

test('a region is found by its id too, and fields keeps only what it names', async () => {
  const { name, statistics } = await json(
    '/stats/regions/11111111-1111-1111-1111-111111111111?fields=statusBreakdown,totalProjects',
  );
  expect(name).toBe('northern');
  expect(Object.keys(statistics)).toEqual(['totalProjects', 'statusBreakdown']);
});

test('the same fields in any order, however often, are one selection, and all of them are none', async () => {
  const cached = async () => (await json('/healthz')).memoryBytes;
  const first = await service.get('/stats?fields=business,capacity,location');
  const before = await cached();
  for (const fields of ['location,capacity,business', 'capacity,business,capacity,location']) {
    const { headers } = await service.get(`/stats?fields=${fields}`);
    expect(headers.get('ETag')).toBe(first.headers.get('ETag'));
  }
  await service.get('/stats');
  await service.get(`/stats?fields=${FIELDS.toReversed()}`);
  expect(await cached()).toBe(before);
});

describe('validators', () => {
  test('the ETag is a hash of the bytes sent and gives 304 with the same validators and CORS headers', async () => {
    const headers = { Origin: 'https://dash.example' };
    const first = await service.get('/stats/global', headers);
    const etag = first.headers.get('ETag') ?? '';
    const hash = createHash('sha256')
      .update(Buffer.from(await first.arrayBuffer()))
      .digest('base64url');
    expect(etag).toBe(`"${hash.slice(0, 27)}"`);
    const second = await service.get('/stats/global', { ...headers, 'If-None-Match': `"other", W/${etag}` });
    expect(second.status).toBe(304);
    expect(await second.text()).toBe('');
    for (const name of ['ETag', 'Cache-Control', 'Stats-Revision', 'Access-Control-Allow-Origin']) {
      expect(second.headers.get(name)).toBe(first.headers.get(name));
      expect(second.headers.get(name)).not.toBeNull();
    }
  });

  test('Cache-Status says that memory answered, Age since when, Stats-Revision how far', async () => {
    let response = new Response();
    // A process that had no processor for a second says so until it has asked the database again.
    await expect
      .poll(async () => {
        response = await service.get('/stats/global');
        return response.headers.get('Cache-Status');
      })
      .toMatch(/^dashboard-stats; hit; ttl=\d+; detail=memory$/);
    expect(Number(response.headers.get('Age'))).toBeLessThan(60);
    expect(response.headers.get('Stats-Revision')).toMatch(/^\d+$/);
    expect(response.headers.get('Cache-Control')).toBe('private, no-cache');
  });

  test('no-cache has the answer checked for the request, and Cache-Status says that the request asked for it', async () => {
    const { headers } = await service.get('/stats', { 'Cache-Control': 'no-cache' });
    expect(headers.get('Cache-Status')).toBe('dashboard-stats; fwd=request; detail=refresh');
    expect(headers.get('Age')).toBe('0');
  });

  test('gzip and br are other bytes with other validators, and decode to the same text', async () => {
    const plain = await service.get('/stats');
    const gzip = await service.get('/stats', { 'Accept-Encoding': 'gzip' });
    const br = await service.get('/stats', { 'Accept-Encoding': 'gzip;q=0.5, br' });
    expect(gzip.headers.get('Content-Encoding')).toBe('gzip');
    expect(br.headers.get('Content-Encoding')).toBe('br');
    expect(new Set([plain, gzip, br].map((r) => r.headers.get('ETag'))).size).toBe(3);
    expect(gunzipSync(Buffer.from(await gzip.arrayBuffer())).toString()).toBe(await plain.text());
    expect(plain.headers.get('Vary')).toContain('Accept-Encoding');
  });

  test('HEAD has the headers of GET and no body', async () => {
    const response = await service.request('/stats/global', { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(Number(response.headers.get('Content-Length'))).toBeGreaterThan(100);
    expect(await response.text()).toBe('');
  });
});

describe('?pretty indents JSON', () => {
  test.each([
    '/stats?keys=global,region:northern&pretty',
    '/stats/global?pretty&fields=capacity',
    '/meta?pretty',
    '/jobs?pretty=1',
    '/readyz?pretty',
  ])('%s', async (path) => {
    const [pretty, plain] = [await service.get(path), await service.get(path.replace(/pretty(=1)?&?/, ''))];
    expect(pretty.status).toBe(200);
    const text = await pretty.text();
    // Every character of a number is as it was.
    expect(text.replace(/\n *|(?<=":) /g, '')).toBe(await plain.text());
    expect(text).toMatch(/^\{\n {2}"/);
    expect(pretty.headers.get('Content-Length')).toBe(String(Buffer.byteLength(text)));
  });

  test.each(['false', '0'])('not with %s: the answer is that without the parameter', async (value) => {
    const [answer, plain] = await Promise.all(
      [`/stats/global?pretty=${value}&fields=capacity`, '/stats/global?fields=capacity'].map((path) =>
        service.get(path, { 'Accept-Encoding': 'gzip' }),
      ),
    );
    for (const name of ['ETag', 'Content-Encoding'])
      expect(answer?.headers.get(name)).toBe(plain?.headers.get(name));
    expect(await answer?.text()).toBe(await plain?.text());
    expect((await service.post(`/stats/recompute?pretty=${value}`, {})).status).toBe(200);
  });

  test('with an ETag of its own, on GET and HEAD', async () => {
    const path = '/stats?pretty';
    const answer = await service.get(path);
    const ETag = answer.headers.get('ETag') ?? '';
    expect(ETag).not.toBe((await service.get('/stats')).headers.get('ETag'));
    expect((await service.get(path, { 'If-None-Match': ETag })).status).toBe(304);
    const head = await service.request(path, { method: 'HEAD' });
    expect([head.headers.get('ETag'), await head.text()]).toEqual([ETag, '']);
  });

  test('of problems, and of what a POST answers', async () => {
    const unknown = await service.get('/stats/regions/nowhere?pretty', { 'If-None-Match': '*' });
    expect([unknown.status, await unknown.text()]).toEqual([404, expect.stringMatching(/^\{\n {2}"type"/)]);
    const done = await service.post('/stats/recompute?pretty', {});
    expect([done.status, await done.text()]).toEqual([200, expect.stringMatching(/^\{\n {2}"revision"/)]);
    const page = await service.get('/stats/stream?pretty&keys=region:nowhere', { Accept: 'text/html' });
    expect(page.status).toBe(404);
  });
});

describe('a mistake gets a problem (RFC 9457) that helps', () => {
  test.each([
    ['/stats/regions/nothern', 404, /Did you mean "region:northern"/],
    ['/stats/regions/NORTHERN', 404, /Did you mean "region:northern"/],
    ['/stats/regions/nope', 404, /^There is no "region:nope"\.$/],
    ['/stats/regions/__proto__', 404, /^There is no "region:__proto__"\.$/],
    ['/stats/regions/%00', 404, /region:/],
    ['/stats?keys=region:%00', 404, /region:/],
    ['/stats?fields=%00', 400, /fields\.0: there is no "\\u0000", only totalProjects, /],
    ['/stats?keys=global,region:nowhere', 404, /region:nowhere/],
    ['/stats?keys=global,%20region:northern', 404, /" region:northern".*region:northern/],
    ['/stats?keys=', 400, /empty/],
    ['/stats?keys=global,', 400, /empty/],
    [`/stats?keys=${Array(101).fill('global').join(',')}`, 400, /more than 100/],
    ['/stats?colour=red', 400, /colour/],
    ['/stats/global?keys=global', 400, /keys/],
    ['/stats?fields=capcity', 400, /fields\.0: there is no "capcity" \(did you mean "capacity"\?\)\.$/],
    ['/stats?feilds=capacity', 400, /query: there is no "feilds" \(did you mean "fields"\?\)/],
    ['/stats/global?minRevision=-1', 400, /minRevision/],
    ['/stats/global?minRevision=2147483648', 400, /minRevision: is above 2147483647/],
    ['/stats?pretty=maybe', 400, /query: there is no "pretty=maybe"/],
    ['/meta?colour=red', 400, /query: takes no "colour"/],
    ['/jobs?colour=red', 400, /query: takes no "colour"/],
    ['/nothing', 404, /nothing\. See \/docs/],
    ['/stat/regions/northern', 404, /Did you mean \/stats\/regions\/northern\?$/],
    ['/lists', 404, /See \/docs|Did you mean \/stats\?/],
    ['/stats/glob', 404, /Did you mean \/stats\/global\?$/],
    ['/stats/lists', 404, /(?<!\/assets\/lists\?)$/],
    ['/stats/regions/', 404, /Did you mean \/stats\/regions\?$/],
    [`/${'stats'.repeat(3_000)}`, 404, /See \/docs/],
  ])('%s', async (path, status, detail) => {
    const response = await service.get(path);
    expect(response.status).toBe(status);
    expect(response.headers.get('Content-Type')).toBe('application/problem+json');
    const problem = await response.json();
    expect(problem).toMatchObject({ status, type: expect.any(String), title: expect.any(String) });
    expect(problem.detail).toMatch(detail);
    expect(problem.requestId).toBe(response.headers.get('X-Request-Id'));
  });

  test('a name of 3,000 characters is not repeated whole', async () => {
    const { detail } = await json(`/stats/regions/${'x'.repeat(3_000)}`);
    expect(detail).toMatch(/^There is no "region:x{93}…"\.$/);
  });

  test.each(['/livez', '/readyz', '/healthz'])('but %s takes any parameters', async (path) => {
    expect((await service.get(`${path}?probe=1`)).status).toBe(200);
  });

  test.each([
    ['/nothing', 404, 'not-found'],
    ['/stats', 405, 'method-not-allowed'],
    ['/events/activity', 415, 'unsupported-media-type'],
  ])('POST of anything but JSON to %s is %i', async (path, status, code) => {
    const headers = { Authorization: `Bearer ${EVENTS_TOKEN}` };
    const plainText = '{}';
    const withoutType = new TextEncoder().encode('{}');
    for (const body of [plainText, withoutType]) {
      const response = await service.request(path, { method: 'POST', headers, body });
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({ type: `/problems/${code}` });
    }
  });

  test.each([
    ['/stats', 'GET, HEAD'],
    ['/stats/invalidate', 'POST'],
  ])('405 for %s names the methods there are: %s', async (path, allowed) => {
    const response = await service.request(path, { method: 'DELETE' });
    expect(response.status).toBe(405);
    expect(response.headers.get('Allow')).toBe(allowed);
    expect(response.headers.get('Content-Type')).toBe('application/problem+json');
  });

  test('a revision of the future is 503 after two seconds, and no warning', async () => {
    const warnings = service.warnings.length;
    const response = await service.get('/stats/global?minRevision=999999');
    expect(response.status).toBe(503);
    expect(response.headers.get('Retry-After')).toBe('1');
    expect((await response.json()).type).toBe('/problems/revision-not-reached');
    expect(service.warnings.slice(warnings)).toEqual([]);
  });
});

test('/openapi.json is OpenAPI 3.1 and has every route', async () => {
  const { openapi, paths } = await json('/openapi.json');
  expect(openapi).toBe('3.1.0');
  const some = ['/stats', '/stats/regions/{name}', '/stats/invalidate', '/jobs', '/readyz', '/metrics'];
  expect(Object.keys(paths)).toEqual(expect.arrayContaining(some));
  const { description } = paths['/events/activity'].post;
  expect(description).toMatch(/"ProjectActivityFeed".*"LastActivityAt"/);
});

test('/meta first, before anybody read the documents, leaves them whole', async () => {
  await service.post('/stats/invalidate', { all: true });
  await service.post('/stats/recompute', {});
  expect((await service.get('/meta')).status).toBe(200);
  const { statistics } = await json('/stats/regions/western');
  expect(Object.keys(statistics)).toHaveLength(FIELDS.length);
});

test('/meta names every scope and every figure in both languages', async () => {
  const { scopes, statuses, provinces, authorities, metrics } = await json('/meta');
  const titled = (list: { key?: string; name?: string }[], name: string) =>
    list.find((one) => (one.key ?? one.name) === name);
  expect(scopes).toHaveLength(10);
  expect(titled(scopes, 'region:northern')).toMatchObject({
    title: { en: 'Northern Thailand', th: 'ภาคเหนือ' },
  });
  expect(titled(scopes, 'facility:reservoir')).toMatchObject({
    title: { en: 'Water Reservoir', th: 'อ่างเก็บน้ำ' },
  });
  expect(titled(statuses, 'onHold')).toEqual({ name: 'onHold', title: { en: 'On hold', th: 'ระงับชั่วคราว' } });
  expect(authorities).toEqual([
    {
      name: 'Provincial Waterworks Authority',
      title: { en: 'Provincial Waterworks Authority', th: 'การประปาส่วนภูมิภาค' },
    },
    { name: 'unassigned', title: { en: 'Not assigned', th: 'ไม่ระบุหน่วยงาน' } },
  ]);
  expect(provinces).toHaveLength(78);
  expect(titled(provinces, 'เชียงใหม่')).toEqual({
    name: 'เชียงใหม่',
    title: { en: 'Chiang Mai', th: 'เชียงใหม่' },
  });
  expect(metrics.map(({ unit }: { unit: string }) => unit)).not.toContain('points');
  expect(metrics.find((m: { path: string }) => m.path === 'schedule.overdue')).toMatchObject({
    title: { en: 'Overdue', th: 'เกินกำหนด' },
    unit: 'projects',
    definition: expect.stringMatching(/before today, the local date .*วันนี้/),
  });
  expect(JSON.stringify(metrics)).not.toMatch(/\bD\b/);
});

test.each([
  ['figures', 'GET', '/stats/global', 200],
  ['what is no figure', 'GET', '/livez', 200],
  ['a mistake', 'GET', '/stats?keys=', 400],
  ['a path that is not there', 'GET', '/nothing', 404],
  ['a preflight', 'OPTIONS', '/stats/invalidate', 204],
])(
  'the answer to %s has the id of the request once, and lets pages of CORS_ORIGINS read it',
  async (_, method, path, status) => {
    const ask = (origin: string) =>
      service.request(path, { method, headers: { Origin: origin, 'X-Request-Id': 'request-1' } });
    const [own, other] = [await ask('https://dash.example'), await ask('https://other.example')];
    expect([own.status, own.headers.get('X-Request-Id')]).toEqual([status, 'request-1']);
    expect(own.headers.get('Access-Control-Allow-Origin')).toBe('https://dash.example');
    expect(own.headers.get('Access-Control-Expose-Headers')).toContain('Stats-Revision');
    expect(other.headers.get('Access-Control-Allow-Origin')).toBeNull();
    for (const { headers } of [own, other]) expect(headers.get('Vary')).toContain('Origin');
    if (method !== 'OPTIONS') return;
    expect(own.headers.get('Access-Control-Allow-Methods')).toContain('POST');
    expect(own.headers.get('Access-Control-Allow-Headers')).toContain('Authorization');
  },
);

test('requests that bring no usable id get ids that differ', async () => {
  const ids = await Promise.all(
    [{}, {}, { 'X-Request-Id': 'two words' }].map(async (headers) =>
      (await service.get('/stats/global', headers)).headers.get('X-Request-Id'),
    ),
  );
  expect(new Set(ids).size).toBe(3);
  for (const id of ids) expect(id).toMatch(/^[\w-]{20,}$/);
});

test('CORS_ORIGINS=* lets every page read', async () => {
  const open = await runForTest({ CORS_ORIGINS: '*' }, undefined, { cold: true });
  const response = await open.get('/livez', { Origin: 'https://anywhere.example' });
  expect(response.headers.get('Access-Control-Allow-Origin')).toBe('*');
});

test('/livez, /readyz and /healthz say how the service is', async () => {
  expect(await json('/livez')).toEqual({ status: 'alive' });
  expect(await json('/readyz')).toMatchObject({ status: 'ready', checks: { triggers: { status: 'ok' } } });
  expect(await json('/healthz')).toMatchObject({ status: 'ready', documents: 10 });
});
