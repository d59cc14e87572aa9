import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { closeServer, openServer } from '../../../src/runtime/node/http-server.ts';

const settings = { HOST: '127.0.0.1', PORT: 0, KEEP_ALIVE_SECONDS: 65 };

async function open(limits = {}) {
  const { server, port } = await openServer(() => new Response('here'), settings, limits);
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
