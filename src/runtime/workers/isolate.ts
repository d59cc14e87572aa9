/**
 * One isolate of a platform without long-lived processes, such as Cloudflare Workers: what it knows, and what it does with
 * one request or one tick of the platform's clock. Every connection and every promise belongs to one invocation; shared
 * is plain data, and the app, which reaches the invocation's own service through AsyncLocalStorage.
 */
import packageJson from '../../../package.json' with { type: 'json' };
import { DocumentMemory } from '../../cache/memory.ts';
import { newStanding, type Standing } from '../../cache/sync-state.ts';
import type { Config } from '../../config.ts';
import { connect } from '../../db/connection.ts';
import { lazily } from '../../db/lazily.ts';
import { createApp } from '../../http/app.ts';
import { StreamHub } from '../../http/stream/hub.ts';
import { StreamPlaces } from '../../http/stream/places.ts';
import type { Log } from '../../log.ts';
import type { Observer } from '../../service/refresher.ts';
import { steadyClock } from '../../timing/steady-clock.ts';
import { followStreams } from './follow-streams.ts';
import { EdgeService } from './invocation.ts';
import { PerInvocation } from './per-invocation.ts';

/** The platform allows six connections at once to each invocation. */
const CONNECTIONS = 5;
/** A query outside of a transaction that is not answered for so long takes its connection with it. */
const QUERY_TIMEOUT_MS = 3_000;

/** Workers have the wall clock under this name too. */
const now = steadyClock(() => performance.now());

/** How often a stream looks around, if EDGE_FRESH_SECONDS does not say otherwise in between. */
const STREAM_LOOKS_MS = { least: 100, most: 1_000 };
/** The platform lets an invocation live so long beyond its client. */
const AFTERLIFE_MS = 30_000;
/** For what a client goes on sending of a body that was refused. */
const DRAIN_MS = 1_000;

/** Nothing is counted here: each isolate would tell of itself alone. */
const UNCOUNTED: Observer = { refreshed() {}, refreshFailed() {}, audited() {}, lag() {} };

interface Invocation {
  service: EdgeService;
  streams: StreamHub;
}

/** How long an invocation goes on behind its answer. */
type WaitUntil = (work: Promise<unknown>) => void;

export class Edge {
  readonly #config: Config;
  readonly #log: Log;
  readonly #memory: DocumentMemory;
  readonly #standing: Standing = newStanding();
  readonly #own = new PerInvocation<Invocation>();
  readonly #places: StreamPlaces;
  readonly #app: ReturnType<typeof createApp>;

  /**
   * Call it within an invocation: outside of one the platform has no clock and no chance.
   *
   * @param demo whether the projects are made up
   */
  constructor(config: Config, log: Log, demo: boolean) {
    this.#config = config;
    this.#log = log;
    this.#memory = new DocumentMemory(config.CACHE_MAX_BYTES);
    const longestMs = config.EDGE_STREAM_SECONDS * 1000 + AFTERLIFE_MS;
    this.#places = new StreamPlaces(config.MAX_STREAMS, now, longestMs);
    this.#app = createApp({
      service: this.#own.get('service'),
      streams: this.#own.get('streams'),
      log,
      now,
      config,
      adminToken: config.ADMIN_TOKEN,
      demo,
      version: packageJson.version,
      sharesWork: false,
    });
  }

  /** @param databaseUrl as this invocation reaches it */
  async fetch(request: Request, databaseUrl: string, waitUntil: WaitUntil): Promise<Response> {
    const { service, end } = this.#open(databaseUrl);
    const { least, most } = STREAM_LOOKS_MS;
    const everyMs = Math.min(most, Math.max(least, this.#config.EDGE_FRESH_SECONDS * 1000));
    const forMs = this.#config.EDGE_STREAM_SECONDS * 1000;
    const streams = new StreamHub(service, { log: this.#log, now, places: this.#places });
    const asked = asAsked(request);
    const answered = this.#own.run({ service, streams }, async () => this.#app.fetch(asked));
    const followed = answered.then(() => followStreams(streams, service, { everyMs, forMs, now }));
    // At once: a client that leaves before its answer would take what it began along.
    waitUntil(
      followed
        .catch((error) => this.#log.debug({ err: error }, 'A request ended early.'))
        .then(() => service.settled())
        .finally(end),
    );
    const response = await answered;
    await drain(asked);
    return response.headers.has('Content-Encoding') ? asEncoded(response) : response;
  }

  /** @param scheduledAt when the platform was to call */
  async scheduled(scheduledAt: Date, databaseUrl: string): Promise<void> {
    const { service, end } = this.#open(databaseUrl);
    try {
      await service.runDue(scheduledAt);
    } finally {
      await end();
    }
  }

  #open(databaseUrl: string): { service: EdgeService; end(): Promise<void> } {
    const { sql, end } = lazily(() =>
      connect(databaseUrl, {
        max: CONNECTIONS,
        queryTimeoutMs: QUERY_TIMEOUT_MS,
        applicationName: 'dashboard-stats-edge',
      }),
    );
    const service = new EdgeService({
      sql,
      config: this.#config,
      log: this.#log,
      // One for each invocation: a run that one lost is not another's of the same isolate to finish.
      node: `edge:${crypto.randomUUID().slice(0, 8)}`,
      now,
      observer: UNCOUNTED,
      memory: this.#memory,
      standing: this.#standing,
    });
    return { service, end };
  }
}

/**
 * Whatever a client accepts, Workers asks for br and gzip, and decodes for the client: then the ETag would not be that of
 * the bytes which arrive. It tells beside what the client said.
 */
function asAsked(request: Request & { cf?: { clientAcceptEncoding?: string } }): Request {
  const said = request.cf?.clientAcceptEncoding;
  if (said === undefined) return request;
  const headers = new Headers(request.headers);
  headers.set('Accept-Encoding', said);
  return new Request(request, { headers });
}

/** Where a body was refused unread, the connection would break before the client has read why. */
async function drain({ body, bodyUsed }: Request): Promise<void> {
  if (!body || bodyUsed) return;
  await body.pipeTo(new WritableStream(), { signal: AbortSignal.timeout(DRAIN_MS) }).catch(() => undefined);
}

/** The body is encoded already; without this word Workers would do so once more. */
function asEncoded(response: Response): Response {
  const init: ResponseInit & { encodeBody: 'manual' } = {
    status: response.status,
    headers: response.headers,
    encodeBody: 'manual',
  };
  return new Response(response.body, init);
}
