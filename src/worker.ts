/** Cloudflare Workers: binds the platform's words (wrangler.toml, docs/deploy.md) to edge.ts. */
import { readConfig } from './config.ts';
import { consoleLog } from './console-log.ts';
import { Edge } from './edge.ts';

interface Bindings {
  HYPERDRIVE: { connectionString: string };
  /** Variables and secrets. */
  [setting: string]: unknown;
}

interface Context {
  waitUntil(work: Promise<unknown>): void;
}

/** One for each isolate, which lives as long as the platform likes. */
let edge: Edge | undefined;

export default {
  fetch(request: Request, env: Bindings, ctx: Context): Promise<Response> {
    return edgeOf(env).fetch(request, env.HYPERDRIVE.connectionString, (work) => ctx.waitUntil(work));
  },

  scheduled({ scheduledTime }: { scheduledTime: number }, env: Bindings): Promise<void> {
    return edgeOf(env).scheduled(new Date(scheduledTime), env.HYPERDRIVE.connectionString);
  },
};

/** Within an invocation: outside of one there is no clock and no randomness. @throws ConfigError */
function edgeOf(env: Bindings): Edge {
  if (edge) return edge;
  const texts = Object.entries(env).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  const config = readConfig({ ...Object.fromEntries(texts), DATABASE_URL: env.HYPERDRIVE.connectionString });
  // biome-ignore lint/suspicious/noConsole: the platform collects the log from there.
  const log = consoleLog(config.LOG_LEVEL, (line) => console.log(line));
  if (!config.ADMIN_TOKEN) log.warn({}, 'ADMIN_TOKEN is not set: nobody is an administrator here.');
  edge = new Edge(config, log);
  return edge;
}
