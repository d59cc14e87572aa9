/** A service behind a socket, and what a client of its event streams sees. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { EventSource } from 'eventsource';
import { onTestFinished } from 'vitest';
import type { RunningService } from './running-service.ts';

export interface Listening {
  base: string;
  /** Event streams that are open now, and that were ever opened. */
  streams: { open: number; opened: number };
  /** Cuts every connection. */
  cut(): void;
  close(): void;
}

export async function listening({ app }: RunningService): Promise<Listening> {
  const streams = { open: 0, opened: 0 };
  const answer = getRequestListener(app.fetch);
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/stats/stream')) {
      streams.open++;
      streams.opened++;
      response.on('close', () => streams.open--);
    }
    return answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => server.closeAllConnections();
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    streams,
    cut,
    close() {
      cut();
      server.close();
    },
  };
}

/** See listening; it ends with the test. */
export async function listeningForTest(service: RunningService): Promise<Listening> {
  const server = await listening(service);
  onTestFinished(server.close);
  return server;
}

export interface StreamEvent {
  /** What the client would go on from. */
  id: string;
  key: string;
  version: number;
  total: number;
}

/** A client of the package `eventsource`, which ends with the test, and what it gets of `stats` and `state`, as it comes. */
export function follow(base: string, query: string) {
  const source = new EventSource(new URL(`/stats/stream${query}`, base));
  onTestFinished(() => source.close());
  const [events, documents, states]: [StreamEvent[], any[], any[]] = [[], [], []];
  source.addEventListener('stats', ({ data, lastEventId: id }) => {
    const document = JSON.parse(data);
    const { key, version, statistics } = document;
    documents.push(document);
    events.push({ id, key, version, total: statistics.totalProjects });
  });
  source.addEventListener('state', ({ data }) => states.push(JSON.parse(data)));
  return { source, events, documents, states };
}
