/** Cloudflare Workers: binds the platform's words (wrangler.toml, docs/deploy.md) to edge.ts. */
import { Hono } from 'hono';
import { requestId } from 'hono/request-id';
import { readConfig } from './config.ts';
import { ConfigError } from './errors.ts';
import { problemResponse } from './http/problem.ts';
import { consoleLog } from './runtime/workers/console-log.ts';
import { Edge } from './runtime/workers/isolate.ts';

interface Bindings {
  HYPERDRIVE?: { connectionString: string };
  /** "1" where `npm run dev:worker` has made the projects up. */
  DEMO?: string;
  /** Variables and secrets. */
  [setting: string]: unknown;
}

interface Context {
  waitUntil(work: Promise<unknown>): void;
}

/** One for each isolate, which lives as long as the platform likes. */
let edge: Edge | undefined;

// biome-ignore lint/suspicious/noConsole: the platform collects the log from there.
const print = (line: string) => console.log(line);

/** Answers where the settings are at fault. */
const misconfigured = new Hono()
  .use(requestId())
  .all('*', (c) =>
    problemResponse(c, 'internal', 'The settings of this service have faults; its log names each.'),
  );

export default {
  async fetch(request: Request, env: Bindings, ctx: Context): Promise<Response> {
    try {
      return await edgeOf(env).fetch(request, databaseUrl(env), (work) => ctx.waitUntil(work));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      consoleLog('error', print).error({ faults: error.faults }, 'The settings have faults.');
      return misconfigured.fetch(request);
    }
  },

  async scheduled({ scheduledTime }: { scheduledTime: number }, env: Bindings): Promise<void> {
    await edgeOf(env).scheduled(new Date(scheduledTime), databaseUrl(env));
  },
};

/** Within an invocation: outside of one there is no clock and no randomness. @throws ConfigError */
function edgeOf(env: Bindings): Edge {
  if (edge) return edge;
  const texts = Object.entries(env).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  const config = readConfig({ ...Object.fromEntries(texts), DATABASE_URL: databaseUrl(env) });
  const log = consoleLog(config.LOG_LEVEL, print);
  if (!config.ADMIN_TOKEN) log.warn({}, 'ADMIN_TOKEN is not set: nobody is an administrator here.');
  edge = new Edge(config, log, env.DEMO === '1');
  return edge;
}

/** @throws ConfigError */
function databaseUrl({ HYPERDRIVE: database }: Bindings): string {
  if (database) return database.connectionString;
  throw new ConfigError([
    'HYPERDRIVE is not bound: wrangler.toml needs [[hyperdrive]] for each environment too.',
  ]);
}
