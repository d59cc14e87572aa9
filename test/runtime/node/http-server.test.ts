import { once } from 'node:events';
import { Agent, request, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openServer, requireFreePort } from '../../../src/runtime/node/http-server.ts';
import type { RepeatingResponse } from '../../../src/runtime/node/repeated-head.ts';
import { silentLog } from '../../support/service/silent-log.ts';

const settings = { HOST: '127.0.0.1', PORT: 0, KEEP_ALIVE_SECONDS: 65 };

async function open(limits = {}) {
  const { port, close } = await openServer(
    { fetch: () => new Response('here') },
    settings,
    silentLog,
    limits,
  );
  onTestFinished(() => close(0));
  return port;
}

test('a connection is kept for longer than balancers keep it, and says so', async () => {
  const answer = await fetch(`http://127.0.0.1:${await open()}/`);
  expect(answer.headers.get('Keep-Alive')).toBe('timeout=65');
});

test('a port that another program has is refused, with the next one', async () => {
  const PORT = await open();
  await expect(requireFreePort({ ...settings, PORT, DATABASE_URL: undefined })).rejects.toMatchObject({
    message: `Port ${PORT} on 127.0.0.1 is taken by another program.`,
    help: `Stop that program, or choose another port: PORT=${PORT + 1} dashboard-stats serve`,
  });
});

test('whoever sends the head of a request byte by byte has its connection cut', async () => {
  const port = await open({ headersTimeout: 100, connectionsCheckingInterval: 50 });
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const typing = setInterval(() => socket.write('G'), 20);
  onTestFinished(() => clearInterval(typing));
  socket.on('error', () => undefined);
  socket.resume();
  await once(socket, 'close');
});

test('what the app failed to answer is in the log under the id that the client gets', async () => {
  const lines: object[] = [];
  const log = { ...silentLog, error: (entry: object) => void lines.push(entry) };
  const { port, close } = await openServer(
    { fetch: () => Promise.reject(new Error('a fault of ours')) },
    settings,
    log,
  );
  onTestFinished(() => close(0));
  const answer = await fetch(`http://127.0.0.1:${port}/`);
  const { requestId, type } = (await answer.json()) as { requestId: string; type: string };
  expect([answer.status, type, answer.headers.get('X-Request-Id')]).toEqual([
    500,
    '/problems/internal',
    requestId,
  ]);
  expect(lines).toEqual([
    expect.objectContaining({ requestId, err: expect.objectContaining({ message: 'a fault of ours' }) }),
  ]);
});

test('an answer that is given again is written as at first, with the id of its own request', async () => {
  const { port, close } = await openServer(
    {
      fetch: () => Response.error(),
      findRepeat: ({ url, headers: { 'x-request-id': id = '' } }) =>
        url === '/304'
          ? { status: 304, headers: { ETag: '"b"', 'X-Request-Id': id }, body: undefined }
          : { status: 200, headers: found(id), body: Buffer.from('here') },
    },
    settings,
    silentLog,
  );
  onTestFinished(() => close(0));
  const headers = { ETag: '"a"', 'Content-Length': '4' };
  const found = (id: string) => Object.assign(headers, { 'X-Request-Id': id });
  const got: unknown[] = [];
  for (const [path, id, connection] of [
    ['/', '1', 'keep-alive'],
    ['/', '2', 'close'],
    ['/304', '3', 'keep-alive'],
    ['/', '4', 'keep-alive'],
  ] as const) {
    const agent = new Agent({ keepAlive: connection === 'keep-alive' });
    onTestFinished(() => agent.destroy());
    const [answer] = await once(
      request({ port, path, agent, headers: { 'X-Request-Id': id } }).end(),
      'response',
    );
    const of = ['x-request-id', 'etag', 'content-length', 'transfer-encoding', 'connection'];
    const body = Buffer.concat(await answer.toArray()).toString();
    got.push([answer.statusCode, ...of.map((name) => answer.headers[name]), body]);
    expect(answer.headers.date).toMatch(/GMT$/);
  }
  expect(got).toEqual([
    [200, '1', '"a"', '4', undefined, 'keep-alive', 'here'],
    [200, '2', '"a"', '4', undefined, 'close', 'here'],
    [304, '3', '"b"', undefined, undefined, 'keep-alive', ''],
    [200, '4', '"a"', '4', undefined, 'keep-alive', 'here'],
  ]);
});

test('a request without Host is refused by node:http itself', async () => {
  const { answer } = await send(await open(), 'GET / HTTP/1.1\r\n\r\n');
  expect(await answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nConnection: close\r\n/);
});

// Where it does not, answers only cost more; docs/adr/015 then needs another way.
test('node:http asks RepeatingResponse to make the head of an answer, and takes its lines as they are', async () => {
  const written = vi.spyOn(ServerResponse.prototype as unknown as RepeatingResponse, '_storeHeader');
  onTestFinished(() => void vi.restoreAllMocks());
  const headers = { ETag: '"a"', 'X-Request-Id': '1', 'Content-Length': '4' };
  const findRepeat = () => ({ status: 200, headers, body: Buffer.from('here') }) as const;
  const { port, close } = await openServer(
    { fetch: () => Response.error(), findRepeat },
    settings,
    silentLog,
  );
  onTestFinished(() => close(0));
  await fetch(`http://127.0.0.1:${port}/`);
  const head = 'HTTP/1.1 200 OK\r\nETag: "a"\r\nX-Request-Id: 1\r\n';
  expect(written.mock.calls).toEqual([[head, { 'Content-Length': '4' }]]);
});

/** A server that says when it was asked for a path, and answers with that path and the body when `finish` is called. */
async function openHeld() {
  const asked: string[] = [];
  let finish = () => {};
  const held = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const server = await openServer(
    {
      fetch: async (request) => {
        const { pathname } = new URL(request.url);
        asked.push(pathname);
        const body = await request.text();
        if (pathname !== '/fast') await held;
        return new Response(`${pathname} ${body}`);
      },
    },
    settings,
    silentLog,
  );
  return {
    ...server,
    finish: () => finish(),
    askedFor: (path: string) => expect.poll(() => asked).toContain(path),
  };
}

/** `answer`: what the server sends until the connection ends, in whatever way. */
async function send(port: number, text: string) {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  let received = '';
  socket.on('data', (part) => {
    received += part;
  });
  socket.on('error', () => undefined);
  const answer = new Promise<string>((resolve) => socket.on('close', () => resolve(received)));
  await once(socket, 'connect');
  socket.write(text);
  return { socket, answer };
}

test('an end waits for no client that keeps its connection after an answer that was under way', async () => {
  const server = await openHeld();
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const asked = request({ port: server.port, agent }).end();
  await server.askedFor('/');
  const closed = server.close(3_600_000);
  server.finish();
  const [response] = await once(asked, 'response');
  response.resume();
  await closed;
});

test('an end waits for no client that has sent nothing, or a part of the head of its request', async () => {
  const { port, close } = await openHeld();
  const clients = await Promise.all(['', 'GET / HTTP/1.1\r\nHost'].map((part) => send(port, part)));
  // Connections are accepted in their order.
  await (await fetch(`http://127.0.0.1:${port}/fast`)).text();
  await close(3_600_000);
  for (const { answer } of clients) expect(await answer).toBe('');
});

test('an end waits for the rest of a request, and for each answer to a client that asked twice at once', async () => {
  const server = await openHeld();
  const head = (method: string, path: string) => `${method} ${path} HTTP/1.1\r\nHost: x\r\n`;
  const twice = await send(server.port, `${head('GET', '/fast')}\r\n${head('GET', '/slow')}\r\n`);
  const upload = await send(server.port, `${head('POST', '/upload')}Content-Length: 6\r\n\r\nhal`);
  await server.askedFor('/slow');
  await server.askedFor('/upload');
  const closed = server.close(3_600_000);
  // Several times as long as the server waits for a connection on which nothing happens.
  await new Promise((resolve) => setTimeout(resolve, 350));
  upload.socket.write('ves');
  server.finish();
  await closed;
  expect(await twice.answer).toMatch(/\/fast .*\/slow /s);
  expect(await upload.answer).toContain('/upload halves');
});

test('an end cuts what is not answered in the time that it has', async () => {
  const server = await openHeld();
  const upload = await send(server.port, 'POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nhal');
  await server.askedFor('/upload');
  await server.close(10);
  expect(await upload.answer).toBe('');
});
