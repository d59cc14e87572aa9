/** Every route meets every kind of caller and every malformed input: none of them is a failure of the service, or learns what is inside. */
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seedDemo } from '../../src/demo/seed.ts';
import { openServer } from '../../src/runtime/node/http-server.ts';
import { ADMIN_TOKEN, EVENTS_TOKEN } from '../support/service/asking.ts';
import { inSeconds, JWT_SECRET, signJwt } from '../support/service/no-tokens.ts';
import { serviceForAll } from '../support/service/running-service.ts';
import { silentLog } from '../support/service/silent-log.ts';

interface Case {
  what: string;
  method: string;
  path: string;
  headers?: Record<string, string | string[]>;
  body?: string | Buffer;
}
interface Answered {
  status: number;
  type: string;
  text: string;
}

/** Sixteen at once recompute and wait for each other: on a busy machine longer than readers wait by default. */
const SETTINGS = { JWT_SECRET, CRON_AUDIT: 'off', REFRESH_HARD_TIMEOUT_MS: '20000' };
const node = serviceForAll(SETTINGS, (sql) => seedDemo(sql, { projects: 20, seed: 1 }));
let server: Awaited<ReturnType<typeof openServer>>;
let routes: { method: string; path: string }[];
let callers: Record<string, Record<string, string>>;
const agent = new Agent({ keepAlive: true, maxSockets: 16 });

beforeAll(async () => {
  server = await openServer(node.app, { HOST: '::', PORT: 0, KEEP_ALIVE_SECONDS: 65 }, silentLog);
  const handlers = node.app.routes.filter(({ method, path }) => method !== 'ALL' && !path.includes('*'));
  routes = [...new Map(handlers.map(({ method, path }) => [`${method} ${path}`, { method, path }])).values()];
  const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
  callers = {
    nobody: {},
    'a wrong token': bearer('x'),
    'another scheme': { Authorization: 'Basic eDp5' },
    'a sender of events': bearer(EVENTS_TOKEN),
    'a viewer': bearer(await signJwt({ sub: 'somchai', role: 'Viewer' })),
    'a manager whose token has expired': bearer(
      await signJwt({ sub: 'somchai', role: 'Manager', exp: inSeconds(-600) }),
    ),
    'an administrator': bearer(ADMIN_TOKEN),
  };
}, 60_000);
afterAll(async () => {
  agent.destroy();
  await server.close(0);
});

const ADMIN = { Authorization: `Bearer ${ADMIN_TOKEN}` };
const JSON_BODY = { 'Content-Type': 'application/json' };
/** A value for each parameter of a path. */
const NAMES: Record<string, string> = { job: 'purge', list: 'overdue', file: 'x.js' };
const filled = (path: string, value?: string) =>
  path.replace(
    /:(\w+)(\{[^}]*\})?/g,
    (_, name) => value ?? NAMES[path.startsWith('/jobs') ? 'job' : name] ?? 'northern',
  );

function answerOf({ method, path, headers = {}, body }: Case): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest(
      { host: '::1', port: server.port, method, path, headers: { ...headers }, agent },
      (answer: IncomingMessage) => {
        let text = '';
        const end = () =>
          resolve({ status: answer.statusCode ?? 0, type: answer.headers['content-type'] ?? '', text });
        answer.setEncoding('latin1').on('data', (part) => {
          text += part;
          // A stream does not end by itself.
          if (!answer.headers['content-type']?.startsWith('text/event-stream')) return;
          end();
          asked.destroy();
        });
        answer.on('end', end);
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

/** What no answer may show: places in our code or on the disk, statements, and messages of the driver. */
const INTERNAL =
  /node_modules|\bat \S+ \(|\.ts:\d|\/(tmp|home|root|usr)\/|\bSELECT\b.+\bFROM\b|ECONN|PostgresError|relation "/;

/** What is wrong with an answer; undefined where nothing is. */
function fault({ what, method, path }: Case, { status, type, text }: Answered): string | undefined {
  const name = `${method} ${path.slice(0, 80)} (${what}): ${status}`;
  if (status >= 500 || status < 200) return `${name} ${text.slice(0, 200)}`;
  const isScript = /javascript|css|font/.test(type);
  if (!isScript && INTERNAL.test(text)) return `${name} shows ${INTERNAL.exec(text)?.[0]}`;
  const hasBody = method !== 'HEAD' && status >= 400;
  return hasBody && !type.startsWith('application/problem+json')
    ? `${name} is no problem but ${type}`
    : undefined;
}

/** Asks sixteen at a time. @returns what is wrong */
async function faultsOf(cases: readonly Case[]): Promise<string[]> {
  const left = [...cases];
  const faults: (string | undefined)[] = [];
  const ask = async () => {
    for (let one = left.pop(); one; one = left.pop()) {
      const asked = one;
      const answered = await answerOf(asked).catch((error) => ({ status: 0, type: '', text: String(error) }));
      faults.push(fault(asked, answered));
    }
  };
  await Promise.all(Array.from({ length: 16 }, ask));
  return faults.filter((found) => found !== undefined);
}

/** Cases so far. */
let count = 0;
async function expectNoFault(cases: readonly Case[]): Promise<void> {
  count += cases.length;
  expect(await faultsOf(cases)).toEqual([]);
}

test('every route answers every kind of caller', async () => {
  const cases = Object.entries(callers).flatMap(([what, headers]) =>
    routes.map(({ method, path }) => ({
      ...{ what, method, path: filled(path) },
      ...(method === 'POST' ? { headers: { ...headers, ...JSON_BODY }, body: '{}' } : { headers }),
    })),
  );
  await expectNoFault(cases);
});

test('what takes a token gives nothing to those without the right', async () => {
  const { paths } = await (await node.get('/openapi.json')).json();
  const closed = routes.filter(
    ({ method, path }) => paths[path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()]?.security.length > 0,
  );
  expect(closed.map(({ path }) => path)).toContain('/stats/recompute');
  const { 'an administrator': _, 'a sender of events': _events, ...others } = callers;
  for (const [what, headers] of Object.entries(others))
    for (const { method, path } of closed) {
      const body = method === 'POST' ? { body: '{}' } : {};
      const asked = { what, method, path: filled(path), headers: { ...headers, ...JSON_BODY }, ...body };
      // Many wrong tokens close an address.
      expect([401, 403, 429], `${method} ${path} of ${what}`).toContain((await answerOf(asked)).status);
    }
});

test.each([
  ['a parameter that nobody knows', '?__proto__=1&constructor=2'],
  ['a bad percent-encoding', '?fields=%ZZ&%E0%A4%A=%'],
  ['a NUL and half a character', '?scope=%00&keys=%ED%A0%80&metrics=%00&lang=%00'],
  ['a number without end', '?limit=1e999&minRevision=99999999999999999999&after=-1'],
  ['a thousand parameters', `?${'a=1&'.repeat(1_000)}`],
])('every route takes a query with %s', async (what, query) => {
  const headers = { ...ADMIN, ...JSON_BODY };
  const cases = routes.map(({ method, path }) => ({ what, method, path: filled(path) + query, headers }));
  await expectNoFault(cases);
});

test('every path takes a method that it does not have', async () => {
  const paths = [...new Set(routes.map(({ path }) => filled(path)))];
  const cases = ['HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PROPFIND'].flatMap((method) =>
    paths.map((path) => ({ what: 'another method', method, path, headers: ADMIN })),
  );
  await expectNoFault(cases);
});

test('every name in a path may be anything', async () => {
  const names = {
    'a bad percent-encoding': '%E0%A4%A',
    'a NUL': '%00',
    'half a character': '%ED%A0%80',
    traversal: '..%2f..%2f..%2fetc%2fpasswd',
    'a member of every object': '__proto__',
    'a long name': 'ก'.repeat(300).replace(/./g, encodeURIComponent),
    'a statement': `'%20OR%201=1;--`,
  };
  const named = routes.filter(({ path }) => path.includes(':'));
  const cases = Object.entries(names).flatMap(([what, name]) =>
    named.map(({ method, path }) => ({ what, method, path: filled(path, name), headers: ADMIN })),
  );
  await expectNoFault(cases);
});

test('every route that takes a body takes any', async () => {
  const deep = '['.repeat(20_000);
  const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`key${i}`, i]));
  const bodies: Record<string, string | Buffer> = {
    'no body': '',
    'what is no JSON': '{"keys": [',
    'deep JSON': deep + ']'.repeat(20_000),
    'deep JSON in a member': `{"keys": ${deep + ']'.repeat(20_000)}}`,
    'huge numbers': '{"keys": 1e999, "createdAt": 99999999999999999999999999, "limit": -1e400}',
    'a NUL': '{"keys": ["\\u0000"], "reason": "\\u0000"}',
    'half a character':
      '[{"projectId": "00000000-0000-4000-8000-000000000001", "activityType": "\\ud800", "entityType": "x", "title": "\\udfff"}]',
    'prototype keys': '{"__proto__": {"all": true}, "constructor": {"prototype": {"all": true}}}',
    'ten thousand keys': JSON.stringify(many),
    'ten thousand names': JSON.stringify({ keys: Object.keys(many) }),
    'a list': '[[], null, 1, "x", {}]',
    null: 'null',
    'bytes that are no text': Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0x7d]),
    'more than is taken': `{"reason": "${'x'.repeat(2 ** 20)}"}`,
  };
  const types = { JSON: JSON_BODY, 'another type': { 'Content-Type': 'text/xml' }, 'no type': {} };
  const posts = routes.filter(({ method }) => method === 'POST');
  const plain = Object.entries(types).flatMap(([type, headers]) =>
    Object.entries(bodies).flatMap(([what, body]) =>
      posts.map(({ method, path }) => ({
        ...{ what: `${what} as ${type}`, method, path: filled(path), body },
        headers: { ...ADMIN, ...headers },
      })),
    ),
  );
  const encoded = [
    ['gzip that is none', 'gzip', Buffer.from('{}')],
    ['a bomb', 'gzip', gzipSync(Buffer.alloc(20 * 2 ** 20, 32))],
    ['an unknown encoding', 'constructor', Buffer.from('{}')],
  ] as const;
  const compressed = encoded.flatMap(([what, encoding, body]) =>
    posts.map(({ method, path }) => ({
      ...{ what, method, path: filled(path), body },
      headers: { ...ADMIN, ...JSON_BODY, 'Content-Encoding': encoding },
    })),
  );
  await expectNoFault([...plain, ...compressed]);
});

test('every reading takes headers that make no sense', async () => {
  const odd: Record<string, Record<string, string | string[]>> = {
    'validators without end': { 'If-None-Match': `"${'x'.repeat(8_000)}"`, 'If-Modified-Since': 'never' },
    'weights that are none': {
      'Accept-Encoding': 'gzip;q=x, br;q=-1, *;q=1e9',
      Accept: ';;q=',
      'Accept-Language': '*-*',
    },
    ranges: { Range: 'bytes=9-1', 'Cache-Control': 'no-cache=", max-age=x', 'Last-Event-ID': 'x-1' },
    'the same twice': {
      'Accept-Encoding': ['br', 'gzip'],
      Cookie: ['theme=x; lang', 'lang=%00'],
      traceparent: ['00-x', '01-y'],
    },
    'addresses that are none': {
      'X-Forwarded-For': ', ,::%0',
      'X-Request-Id': '\\x"',
      Host: 'a b:99999',
      Origin: 'null',
    },
  };
  const gets = routes.filter(({ method }) => method === 'GET');
  const cases = Object.entries(odd).flatMap(([what, headers]) =>
    gets.map(({ method, path }) => ({ what, method, path: filled(path), headers })),
  );
  await expectNoFault(cases);
});

test.each([
  ['HTTP/1.0 without Host', 'GET /stats/global HTTP/1.0\r\n\r\n', 200],
  ['HTTP/1.1 without Host', 'GET /stats/global HTTP/1.1\r\n\r\n', 400],
  [
    'a target that is a whole address',
    'GET http://x/stats/global HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    200,
  ],
  ['a path that begins twice', 'GET //stats/global HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 404],
  ['a method of no route', 'TRACE /x?pretty HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 404],
  ['a target without a path', 'GET ?x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 400],
  [
    'two lengths',
    'POST /stats/invalidate HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}',
    400,
  ],
  ['a header of 20 kB', `GET /stats/global HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ['what is no HTTP', '\x16\x03\x01\r\n\r\n', 400],
])('a client that sends %s gets an answer', async (what, text, expected) => {
  count++;
  const answer = await new Promise<string>((resolve, reject) => {
    let got = '';
    const socket = connect(server.port, '::1', () => socket.end(text));
    socket.setEncoding('latin1').on('data', (part) => {
      got += part;
    });
    socket.on('close', () => resolve(got)).on('error', reject);
  });
  expect([what, Number(answer.split(' ')[1])]).toEqual([what, expected]);
  expect(answer).not.toMatch(INTERNAL);
});

test('these were at least 500 cases, the log has no failure, and the service is well', async () => {
  expect(count).toBeGreaterThanOrEqual(500);
  expect(node.warnings).toEqual([]);
  expect((await node.get('/stats')).status).toBe(200);
  // Right after so many requests a sync may be late.
  await expect.poll(async () => (await (await node.get('/readyz')).json()).status).toBe('ready');
});
