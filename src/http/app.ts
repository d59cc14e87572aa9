import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import type { AdminToken, Config } from '../config.ts';
import type { ApiDocument } from '../dashboard/page/api-reference.tsx';
import type { Log } from '../log.ts';
import type { StatsService } from '../service/service.ts';
import type { Titles } from '../stats/titles.ts';
import { describeApi } from './api-description.ts';
import { type Assets, assetRoutes } from './assets.ts';
import { accessRules } from './auth.ts';
import { Bodies } from './bodies.ts';
import { commonHeaders, PREFLIGHT } from './common-headers.ts';
import type { Limits } from './limits.ts';
import { noSuchRoute } from './no-such-route.ts';
import { type FindRepeat, type ObserveOptions, observeRequests } from './observe.ts';
import { problemPage } from './pages/problem-page.ts';
import { withPretty } from './pretty.ts';
import { errorHandler, invalidRequest, Problem } from './problem.ts';
import { Repeats } from './repeats.ts';
import { inflateBody, limitBody } from './request-body.ts';
import { adminRoutes } from './routes/admin.ts';
import { eventRoutes } from './routes/events.ts';
import { historyRoutes } from './routes/history.ts';
import { jobRoutes } from './routes/jobs.ts';
import { listRoutes } from './routes/lists.ts';
import { metaOf, metaRoute } from './routes/meta.ts';
import { operationRoutes } from './routes/operation.ts';
import { operatorRoute } from './routes/operator.ts';
import { pageRoutes } from './routes/page.ts';
import { readRoutes } from './routes/read-route.ts';
import { statsRoutes } from './routes/stats.ts';
import { statusRoute } from './routes/status.ts';
import { streamRoute } from './routes/stream.ts';
import { trailRoute } from './routes/trail.ts';
import { methodsOf } from './routes-at.ts';
import type { StreamBroadcast } from './stream/broadcast.ts';
import type { OpenSink } from './stream/sink.ts';
import './validation-messages.ts';

/** What bodies of answers may take beside the documents, as a share of CACHE_MAX_BYTES. */
const BODIES_SHARE = 0.5;

export interface AppOptions extends Pick<ObserveOptions, 'count' | 'whenAnswered'> {
  service: StatsService;
  streams: Pick<StreamBroadcast, 'open' | 'hold' | 'full' | 'closed'>;
  /** Default: the body of the answer. */
  openSink?: OpenSink;
  log: Log;
  /** ms of a clock that never goes back. */
  now: () => number;
  config: Config;
  /** ADMIN_TOKEN, or one made for this start; empty: there is no administrator. */
  adminTokens: readonly AdminToken[];
  /** Of the client, for the trail of admin actions; default: none is known. */
  addressOf?: (c: Context) => string | undefined;
  demo: boolean;
  /** TITLES_FILE; default: none. */
  titles?: Titles;
  version: string;
  /** Default: none. */
  limits?: Limits;
  /** What browsers load; without it there are no pages. */
  assets?: Assets;
  /** Whether the database is ready to be read, with the demo in it; default: always. */
  isPrepared?: () => boolean;
  /** Whether a request may wait for work that another one began; default true. */
  sharesWork?: boolean;
  /** The text of /metrics with its content type; absent where none are kept. */
  metrics?: () => Promise<{ text: string; contentType: string }>;
}

/** The HTTP side of the service. The same app runs on Node and on any other runtime of Hono. */
export function createApp(options: AppOptions): OpenAPIHono & { findRepeat: FindRepeat } {
  const { service, log, now, config, adminTokens } = options;
  const { CORS_ORIGINS: origins, STATS_TIME_ZONE: timeZone } = config;
  const app = new OpenAPIHono({
    defaultHook: (result) => {
      if (result.success) return;
      const { target, error, data } = result as typeof result & { data?: unknown };
      throw invalidRequest(WHERE[target] ?? target, error.issues, data);
    },
  });
  const meta = metaOf(service, {
    timeZone,
    demo: options.demo,
    titles: options.titles ?? {},
    lists: config.LISTS === 'on',
  });
  const answerError = errorHandler(log, {
    page: options.assets && problemPage(options.assets, { timeZone, meta }),
    isAway: () => service.databaseAway,
    now,
  });
  app.onError(answerError);
  app.notFound((c) => answerError(noSuchRoute(app, c.req.path), c));

  const repeats = new Repeats(() => service.memory.changes);
  const findRepeat = observeRequests(app, { ...options, headers: commonHeaders(origins), repeats });
  if (origins.length > 0) app.options('*', (c) => c.body(null, 204, PREFLIGHT));
  app.post('*', limitBody, inflateBody);

  const access = accessRules(config, adminTokens, options);
  const admin = access('administer');
  const isObserved = (path: string) => config.METRICS_TOKEN !== undefined && OBSERVED.includes(path);
  const isRead = (path: string) => config.READ_AUTH === 'required' && !OPEN.test(path) && !isObserved(path);
  const needsToken = (path: string) => isObserved(path) || isRead(path);
  if (config.METRICS_TOKEN) app.on('GET', OBSERVED, access('observe'));
  if (config.READ_AUTH === 'required') {
    const reader = access('read');
    const readStream = access('read', { inQuery: true });
    app.get('*', (c, next) => {
      // Which paths there are is no secret.
      if (!isRead(c.req.path) || methodsOf(app, c.req.path).length === 0) return next();
      return c.req.path === '/stats/stream' ? readStream(c, next) : reader(c, next);
    });
  }
  const answers = {
    bodies: new Bodies(config.CACHE_MAX_BYTES * BODIES_SHARE, options.sharesWork),
    now,
    cacheControl: config.CACHE_CONTROL,
  };
  const requirePrepared = () => {
    if (options.isPrepared?.() === false)
      throw new Problem(
        'database-unavailable',
        'Starting: the database does not answer yet, or is being prepared.',
      );
  };
  const prepared: MiddlewareHandler = async (_, next) => {
    requirePrepared();
    await next();
  };
  app.post('/stats/*', prepared);
  const read = readRoutes(app, requirePrepared);
  statsRoutes(read, service, answers);
  streamRoute(app, service, options.streams, {
    requirePrepared,
    waits: options.sharesWork !== false,
    openSink: options.openSink,
  });
  historyRoutes(read, service, answers);
  listRoutes(read, service, { ...answers, offered: config.LISTS === 'on' });
  adminRoutes(app, service, { admin, now });
  trailRoute(app, service, admin);
  statusRoute(app, service, admin);
  eventRoutes(app, service, access('report'));
  jobRoutes(app, service, { admin, timeZone });
  operationRoutes(app, service, options);
  metaRoute(app, meta);
  // Made when it is asked for: then all routes are there.
  const api = () => describeApi(app, { version: options.version, needsToken });
  if (options.assets) {
    assetRoutes(app, options.assets, answers.bodies);
    const { bodies } = answers;
    pageRoutes(app, service, {
      assets: options.assets,
      bodies,
      meta,
      now,
      timeZone,
      requirePrepared,
      trustedProxies: config.TRUST_PROXY,
      api: () => api() as unknown as ApiDocument,
    });
    operatorRoute(app, {
      ...{ assets: options.assets, bodies, meta, timeZone },
      closed: adminTokens.length === 0 && !config.JWT_SECRET && !config.JWKS_URL,
      readsAreClosed: config.READ_AUTH === 'required',
    });
  }

  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' });
  app.get('/openapi.json', (c) => c.json(api()));
  app.fetch = withPretty(app.fetch);
  return Object.assign(app, { findRepeat });
}

/** What METRICS_TOKEN closes. */
const OBSERVED = ['/metrics', '/jobs'];
/** What READ_AUTH=required leaves open: probes, descriptions and scripts, which hold no figures, and the page that asks for a token. */
const OPEN =
  /^\/(livez|readyz|healthz|metrics|openapi\.json|docs|problems\/.*|operator|[a-z.-]+\.(js|json|svg|ico|d\.ts)|assets\/.*)$/;

const WHERE: Record<string, string> = { json: 'body', query: 'query', param: 'path' };
