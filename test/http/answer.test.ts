import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { openServer } from '../../src/runtime/node/http-server.ts';
import { type RunningService, runService } from '../support/service/running-service.ts';
import { silentLog } from '../support/service/silent-log.ts';

const ORIGIN = 'https://dash.example';

let service: RunningService;
beforeAll(async () => {
  service = await runService({ CORS_ORIGINS: ORIGIN });
});
afterAll(() => service.close());

// Not in the contract: Workers' local mode takes the first one that a client names.
test.each([
  ['gzip, br', 'br'],
  ['br, gzip', 'br'],
  ['gzip;q=0.8, br;q=0.8', 'br'],
  ['gzip, br;q=0.8', 'gzip'],
  ['zstd, br;q=0, gzip;q=0', null],
])('to who accepts %s the smallest of the best is sent: %s', async (accepted, sent) => {
  const { headers } = await service.get('/stats', { 'Accept-Encoding': accepted });
  expect(headers.get('Content-Encoding')).toBe(sent);
});

// Not in the contract: Workers' local mode encodes by itself what is not encoded.
test('an indented answer is not compressed', async () => {
  const { headers } = await service.get('/stats?pretty', { 'Accept-Encoding': 'br' });
  expect(headers.has('Content-Encoding')).toBe(false);
});

// Instead of times, which depend on the machine: each of these costs more than all the rest of such an answer (docs/adr/015).
test('an answer from memory builds no Headers and no whole Request, and asks none for a header', async () => {
  let headersAsked = 0;
  const { port, close } = await openServer(
    {
      fetch: (request, bindings) => {
        const { headers } = request;
        Object.defineProperty(request, 'headers', { get: () => ++headersAsked && headers });
        return service.app.fetch(request, bindings);
      },
    },
    { HOST: '127.0.0.1', PORT: 0, KEEP_ALIVE_SECONDS: 5 },
    silentLog,
  );
  onTestFinished(() => close(0));
  const ask = async (path: string, headers: Record<string, string> = {}): Promise<IncomingMessage> => {
    const asked = request({ port, path, headers: { Origin: ORIGIN, ...headers } }).end();
    const [response] = await once(asked, 'response');
    await response.toArray();
    return response;
  };
  const { etag = '' } = (await ask('/stats/global')).headers;
  const asks: [path: string, headers?: Record<string, string>][] = [
    ['/stats/global'],
    ['/stats/global', { 'If-None-Match': etag }],
    ['/stats/global?fields=totalProjects', { 'Accept-Encoding': 'gzip' }],
    ['/stats', { 'Accept-Encoding': 'gzip, deflate, br' }],
    ['/stats?keys=global,region:northern'],
    ['/stats/regions/northern', { 'X-Request-Id': 'request-1' }],
    ['/stats/global/history?metrics=totalProjects'],
    ['/stats/lists/overdue'],
  ];
  for (const asked of asks) await ask(...asked);

  headersAsked = 0;
  const methods = ['append', 'entries', 'forEach', 'get', 'has', 'set', Symbol.iterator] as const;
  const built = [
    ...methods.map((name) => vi.spyOn(Headers.prototype, name as 'get')),
    // The adapter makes one with each whole Request.
    vi.spyOn(globalThis, 'AbortController'),
  ];
  onTestFinished(() => void vi.restoreAllMocks());
  for (const asked of asks) {
    const { statusCode, headers } = await ask(...asked);
    expect([asked, statusCode]).toEqual([asked, asked[1]?.['If-None-Match'] ? 304 : 200]);
    expect(headers['access-control-allow-origin']).toBe(ORIGIN);
    expect([asked, built.flatMap(({ mock }): unknown[] => mock.calls)]).toEqual([asked, []]);
    expect([asked, headersAsked]).toEqual([asked, 0]);
  }
});
