import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { closeServer, openServer } from '../../../src/runtime/node/http-server.ts';
import { silentLog } from '../../support/service/silent-log.ts';

const settings = { HOST: '127.0.0.1', PORT: 0, KEEP_ALIVE_SECONDS: 65 };

async function open(limits = {}) {
  const { server, port } = await openServer(() => new Response('here'), settings, silentLog, limits);
  onTestFinished(() => closeServer(server, 0));
  return port;
}

test('a connection is kept for longer than balancers keep it, and says so', async () => {
  const answer = await fetch(`http://127.0.0.1:${await open()}/`);
  expect(answer.headers.get('Keep-Alive')).toBe('timeout=65');
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
  const { server, port } = await openServer(
    () => Promise.reject(new Error('a fault of ours')),
    settings,
    log,
  );
  onTestFinished(() => closeServer(server, 0));
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

test('an end waits for no client that keeps its connection after an answer that was under way', async () => {
  let finish = () => {};
  let reach = () => {};
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const { server, port } = await openServer(
    () => {
      reach();
      return new Promise<Response>((resolve) => {
        finish = () => resolve(new Response('here'));
      });
    },
    settings,
    silentLog,
  );
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const asked = request({ port, agent }).end();
  await reached;
  const closed = closeServer(server, 3_600_000);
  finish();
  const [response] = await once(asked, 'response');
  response.resume();
  await closed;
});

test('an end waits for no client that has sent nothing, or a part of its request', async () => {
  const { server, port } = await openServer(
    async (request) => new Response(await request.text()),
    settings,
    silentLog,
  );
  const parts = ['', 'GET / HTTP/1.1\r\nHost', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{'];
  const closed = parts.map(async (part) => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(part);
    await once(socket, 'close');
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  await closeServer(server, 3_600_000);
  await Promise.all(closed);
});
