/**
 * One isolate of a platform without long-lived processes, such as Cloudflare Workers: what lives on from one request or
 * tick to the next. That is plain data, and the app, which reaches the invocation's own service through AsyncLocalStorage.
 */
import packageJson from '../../../package.json' with { type: 'json' };
import { readAddress } from '../../address/address.ts';
import { DocumentMemory } from '../../cache/memory.ts';
import { newSyncState } from '../../cache/sync-state.ts';
import type { Config } from '../../config.ts';
import { connect, type Learnt } from '../../db/connection.ts';
import { lazily } from '../../db/lazily.ts';
import { inTransactions } from '../../db/transaction.ts';
import { createApp } from '../../http/app.ts';
import { StreamBroadcast } from '../../http/stream/broadcast.ts';
import { StreamPlaces } from '../../http/stream/places.ts';
import type { Log } from '../../log.ts';
import type { Observer } from '../../service/platform.ts';
import type { StatsService } from '../../service/service.ts';
import { steadyClock } from '../../timing/steady-clock.ts';
import { type AssetBinding, boundAssets } from './asset-binding.ts';
import { followStreams } from './follow-streams.ts';
import { Invocation } from './invocation.ts';
import { PerInvocation } from './per-invocation.ts';
import { asAsked, asEncoded, drain } from './wire.ts';

/** The platform allows six connections at once to each invocation. */
const CONNECTIONS = 5;
/** A query outside of a transaction that is not answered for so long takes its connection with it. */
const QUERY_TIMEOUT_MS = 3_000;
/** The platform lets an invocation live so long beyond its client. */
const AFTERLIFE_MS = 30_000;

/** Workers have the wall clock under this name too. */
const now = steadyClock(() => performance.now());

/** Nothing is counted: each isolate would count for itself alone. */
const UNCOUNTED: Observer = { refreshed() {}, refreshFailed() {}, audited() {}, lag() {} };

/** How long an invocation goes on behind its answer. */
type WaitUntil = (work: Promise<unknown>) => void;

/** Hyperdrive is on the same machine and itself speaks TLS to the database: to ask for it costs each request a round trip. */
const WITHOUT_TLS = { PGSSLMODE: 'disable' };

export class Isolate {
  readonly #config: Config;
  readonly #log: Log;
  readonly #memory: DocumentMemory;
  readonly #state = newSyncState();
  readonly #learnt: Learnt = {};
  readonly #places: StreamPlaces;
  readonly #own = new PerInvocation<{ service: StatsService; streams: StreamBroadcast }>();
  readonly #app: ReturnType<typeof createApp>;

  /**
   * To be called within an invocation: outside of one the platform has no clock and no randomness.
   *
   * @param demo whether the projects are made up
   * @param assets undefined: there are no pages
   */
  constructor(config: Config, log: Log, demo: boolean, assets: AssetBinding | undefined) {
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
      adminTokens: config.ADMIN_TOKEN ?? [],
      addressOf: (c) => c.req.header('CF-Connecting-IP'),
      demo,
      version: packageJson.version,
      sharesWork: false,
      ...(assets ? { assets: boundAssets(assets) } : {}),
    });
  }

  async fetch(request: Request, databaseUrl: string, waitUntil: WaitUntil): Promise<Response> {
    const { EDGE_FRESH_SECONDS, EDGE_STREAM_SECONDS } = this.#config;
    const { invocation, end } = this.#open(databaseUrl, false);
    const { service } = invocation;
    let publish = () => {};
    const source = {
      read: service.read.bind(service),
      memory: this.#memory,
      onChange: (listener: () => void) => {
        publish = listener;
      },
      get unconfirmed() {
        return service.unconfirmed;
      },
    };
    const streams = new StreamBroadcast(source, { log: this.#log, now, places: this.#places });
    const [freshMs, forMs] = [EDGE_FRESH_SECONDS * 1000, EDGE_STREAM_SECONDS * 1000];
    const asked = asAsked(request);
    const answered = this.#own.run({ service, streams }, async () => this.#app.fetch(asked));
    // At once: the work of a client that leaves before its answer would be dropped unfinished.
    waitUntil(
      answered
        .then(() => followStreams(streams, service, { freshMs, forMs, now, publish }))
        .catch((error) => this.#log.debug({ err: error }, 'A request ended early.'))
        .then(() => invocation.settled())
        .finally(end),
    );
    const response = await answered;
    await drain(asked);
    return asEncoded(response);
  }

  async scheduled(scheduledAt: Date, databaseUrl: string): Promise<void> {
    const { invocation, end } = this.#open(databaseUrl, true);
    try {
      await invocation.runDue(scheduledAt);
    } finally {
      await end();
    }
  }

  #open(databaseUrl: string, tick: boolean): { invocation: Invocation; end(): Promise<void> } {
    const { sql, end } = lazily(() =>
      inTransactions(
        connect(readAddress(databaseUrl, WITHOUT_TLS), {
          max: CONNECTIONS,
          queryTimeoutMs: QUERY_TIMEOUT_MS,
          applicationName: 'dashboard-stats-workers',
          learnt: this.#learnt,
        }),
      ),
    );
    const invocation = new Invocation({
      sql,
      config: this.#config,
      log: this.#log,
      // One for each invocation: a run that one lost is not another's of the same isolate to finish.
      node: `workers:${crypto.randomUUID().slice(0, 8)}`,
      now,
      observer: UNCOUNTED,
      memory: this.#memory,
      state: this.#state,
      tick,
    });
    return { invocation, end };
  }
}
