import type { Hono } from 'hono';
import { commonHeaders } from '../../../src/http/common-headers.ts';
import { observeRequests } from '../../../src/http/observe.ts';
import { silentLog } from './silent-log.ts';

type Options = Parameters<typeof observeRequests>[1];

/** Gives the requests of an app what those of the whole service have. */
export function observed<App extends Hono>(app: App, options: Partial<Options> = {}): App {
  const config = { LOG_REQUESTS: 0, LOG_LEVEL: 'silent' } as const;
  observeRequests(app, { log: silentLog, now: () => 0, config, headers: commonHeaders([]), ...options });
  return app;
}
