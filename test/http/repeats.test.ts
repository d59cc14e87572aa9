/** Answers that are given again: nothing but their ids may tell them from those of the app. */
import { once } from 'node:events';
import { request } from 'node:http';
import { Hono } from 'hono';
import { expect, onTestFinished, test, vi } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { commonHeaders } from '../../src/http/common-headers.ts';
import { observeRequests } from '../../src/http/observe.ts';
import { Repeats } from '../../src/http/repeats.ts';
import { type RequestBindings, stateOf, VARYING } from '../../src/http/request-state.ts';
import { openServer } from '../../src/runtime/node/http-server.ts';
import { runForTest } from '../support/service/running-service.ts';
import { silentLog } from '../support/service/silent-log.ts';

const ASKED = { method: 'GET', url: '/a?b', headers: { host: 'here' } };

/** An app that answers everything from memory, and what its runtime would do with a request. */
function tiny() {
  const app = new Hono<{ Bindings: RequestBindings }>();
  const memory = { changes: 0, now: 0 };
  const [count, info] = [vi.fn(), vi.fn()];
  let made = 0;
  app.get('/a', (c) => {
    const state = stateOf(c);
    Object.assign(state, { route: '/a', cache: 'memory' });
    const headers = { ETag: `"${++made}"`, ...state.commonHeaders };
    state.commonHeaders = undefined;
    state.made = { status: 200, headers, body: undefined };
    return new Response(null, { headers });
  });
  app.get('/later', async (c) => {
    stateOf(c).made = { status: 200, headers: {}, body: undefined };
    return new Response(null);
  });
  const findRepeat = observeRequests(app, {
    log: { ...silentLog, info },
    now: () => memory.now,
    config: readConfig({}),
    headers: commonHeaders([]),
    count,
    repeats: new Repeats(() => memory.changes),
  });
  /** @returns who answered, with what */
  const ask = async (sent: { method: string; url: string; headers: Record<string, string> } = ASKED) => {
    const repeat = findRepeat(sent);
    if (repeat) return ['repeat', repeat.headers['ETag']];
    const { method, url, headers } = sent;
    const answer = await app.fetch(new Request(`http://here${url}`, { method, headers }), { sent });
    return ['app', answer.headers.get('ETag')];
  };
  return { ask, findRepeat, memory, count, info };
}

test('an answer is given again for 10 ms, while memory does not change', async () => {
  const { ask, memory } = tiny();
  expect(await ask()).toEqual(['app', '"1"']);
  memory.now = 9;
  expect(await ask()).toEqual(['repeat', '"1"']);
  memory.now = 10;
  expect(await ask()).toEqual(['app', '"2"']);
  memory.changes = 1;
  expect(await ask()).toEqual(['app', '"3"']);
  expect(await ask()).toEqual(['repeat', '"3"']);
});

const OTHERS: [what: string, asked: typeof ASKED][] = [
  ['method', { ...ASKED, method: 'HEAD' }],
  ['URL', { ...ASKED, url: '/a?c' }],
  ...VARYING.map((name): [string, typeof ASKED] => [
    name,
    { ...ASKED, headers: { ...ASKED.headers, [name]: 'other' } },
  ]),
];
test.each(OTHERS)('a request that differs in its %s is one for the app', async (_, other) => {
  const { ask } = tiny();
  await ask();
  expect((await ask(other))[0]).toBe('app');
  expect(await ask()).toEqual(['repeat', '"1"']);
});

test('of more than 100 answers at one moment the first ones are not kept', async () => {
  const { ask } = tiny();
  for (let i = 0; i <= 100; i++) await ask({ ...ASKED, url: `/a?${i}` });
  expect(await ask({ ...ASKED, url: '/a?100' })).toEqual(['repeat', '"101"']);
  expect((await ask({ ...ASKED, url: '/a?0' }))[0]).toBe('app');
});

test('of one URL four answers are kept: where more differ, the app answers as if none were', async () => {
  const { ask } = tiny();
  const other = (origin: string) => ({ ...ASKED, headers: { ...ASKED.headers, origin } });
  for (const origin of ['1', '2', '3', '4', '5']) await ask(other(origin));
  expect((await ask(other('5')))[0]).toBe('app');
  expect(await ask(other('4'))).toEqual(['repeat', '"4"']);
});

test('an answer that was waited for is not given again', async () => {
  const { ask } = tiny();
  const later = { ...ASKED, url: '/later' };
  expect([(await ask(later))[0], (await ask(later))[0]]).toEqual(['app', 'app']);
});

test('an answer that is given again is counted and logged, with the id of its own request', async () => {
  const { ask, findRepeat, count, info } = tiny();
  await ask();
  const ids = [undefined, 'given-id'].map(
    (id) =>
      findRepeat({ ...ASKED, headers: { ...ASKED.headers, 'x-request-id': id } as object })?.headers[
        'X-Request-Id'
      ],
  );
  expect(ids).toEqual([expect.stringMatching(/^[\w-]{10,}$/), 'given-id']);
  expect(count.mock.calls.map(([{ route, status, state }]) => [route, status, state.cache])).toEqual(
    Array(3).fill(['/a', 200, 'memory']),
  );
  const lines = info.mock.calls.map(([{ requestId, path, cache }]) => [requestId, path, cache]);
  expect(lines.slice(1)).toEqual(ids.map((id) => [id, '/a', 'memory']));
  expect(new Set(info.mock.calls.map(([{ requestId }]) => requestId)).size).toBe(3);
});

test('the service gives its answers again, and none of them after an invalidation', async () => {
  const service = await runForTest();
  const asked = vi.spyOn(service.app, 'fetch');
  const { port, close } = await openServer(
    service.app,
    { HOST: '127.0.0.1', PORT: 0, KEEP_ALIVE_SECONDS: 5 },
    silentLog,
  );
  onTestFinished(() => close(0));
  const ask = async (path: string, headers = {}) => {
    const [answer] = await once(request({ port, path, headers }).end(), 'response');
    const body = Buffer.concat(await answer.toArray()).toString('base64');
    const { 'x-request-id': id, date: _, age: __, 'cache-status': ___, ...others } = answer.headers;
    return { id, answer: { status: answer.statusCode, ...others, body } };
  };
  const { etag } = (await ask('/stats/global')).answer as { etag?: string };
  for (const [path, headers] of [
    ['/stats/global'],
    ['/stats/global', { 'If-None-Match': etag }],
    ['/stats', { 'Accept-Encoding': 'br' }],
    ['/stats?keys=global,region:northern'],
    ['/stats/global/history?metrics=totalProjects'],
  ] as const) {
    await expect
      .poll(async () => {
        const first = await ask(path, headers);
        const before = asked.mock.calls.length;
        const again = await ask(path, headers);
        expect(again.answer).toEqual(first.answer);
        expect(again.id).not.toBe(first.id);
        return asked.mock.calls.length - before;
      })
      .toBe(0);
  }
  for (let i = 0; i < 20; i++) {
    const { revision } = await service.service.invalidate({ keys: ['global'] });
    const { answer } = await ask('/stats/global');
    expect(Number(answer['stats-revision' as keyof typeof answer])).toBeGreaterThanOrEqual(revision);
  }
});

test('a stale answer is kept for nobody', async () => {
  const { app, runtime, clock } = await runForTest();
  const keep = vi.spyOn(Repeats.prototype, 'keep');
  onTestFinished(() => keep.mockRestore());
  const sent = { method: 'GET', url: '/stats/global', headers: { host: 'here' } };
  const ask = async () => {
    const answer = await app.fetch(new Request('http://here/stats/global'), { sent });
    return answer.headers.get('Cache-Status');
  };
  await expect.poll(ask).toContain('detail=memory');
  expect(keep).toHaveBeenCalledOnce();
  // Nothing follows the table any more.
  await runtime.close();
  clock.ahead += 2_000;
  expect(await ask()).toContain('detail=stale');
  expect(keep).toHaveBeenCalledOnce();
});
