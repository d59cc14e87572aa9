/** Cloudflare Workers: binds what the platform hands over (wrangler.toml, docs/deploy.md) to an isolate. */
import { readConfig } from './config.ts';
import { ConfigError } from './errors.ts';
import { bareProblem, Problem } from './http/problem.ts';
import type { AssetBinding } from './runtime/workers/asset-binding.ts';
import { consoleLog } from './runtime/workers/console-log.ts';
import { Isolate } from './runtime/workers/isolate.ts';

interface Bindings {
  HYPERDRIVE?: { connectionString: string };
  /** What browsers load. */
  ASSETS?: AssetBinding;
  /** "1" where `npm run dev:worker` has made the projects up. */
  DEMO?: string;
  /** Variables and secrets. */
  [setting: string]: unknown;
}

interface Context {
  waitUntil(work: Promise<unknown>): void;
}

/** It lives as long as the platform likes. */
let isolate: Isolate | undefined;

// biome-ignore lint/suspicious/noConsole: the platform collects the log from there.
const print = (line: string) => console.log(line);

/** Answers where the settings are at fault. */
const FAULTY = new Problem('internal', 'The settings of this service have faults; its log names each.');

export default {
  async fetch(request: Request, env: Bindings, ctx: Context): Promise<Response> {
    try {
      return await isolateOf(env).fetch(request, databaseUrl(env), (work) => ctx.waitUntil(work));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      consoleLog('error', print).error({ faults: error.faults }, 'The settings have faults.');
      return bareProblem(FAULTY, crypto.randomUUID());
    }
  },

  async scheduled({ scheduledTime }: { scheduledTime: number }, env: Bindings): Promise<void> {
    await isolateOf(env).scheduled(new Date(scheduledTime), databaseUrl(env));
  },
};

/** Within an invocation: outside of one there is no clock and no randomness. @throws ConfigError */
function isolateOf(env: Bindings): Isolate {
  if (isolate) return isolate;
  const texts = Object.entries(env).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  const config = readConfig({ ...Object.fromEntries(texts), DATABASE_URL: databaseUrl(env) });
  const log = consoleLog(config.LOG_LEVEL, print);
  if (!config.ADMIN_TOKEN) log.warn({}, 'ADMIN_TOKEN is not set: nobody is an administrator here.');
  isolate = new Isolate(config, log, env.DEMO === '1', env.ASSETS);
  return isolate;
}

/** @throws ConfigError */
function databaseUrl({ HYPERDRIVE: database }: Bindings): string {
  if (database) return database.connectionString;
  throw new ConfigError([
    'HYPERDRIVE is not bound: wrangler.toml needs [[hyperdrive]] for each environment too.',
  ]);
}
