import { described } from './described.ts';
import type { Answer } from './running-service.ts';

export const ADMIN_TOKEN = 'an-admin-token-for-tests';
export const EVENTS_TOKEN = 'an-events-token-for-tests';

/** How tests ask a service, wherever it runs. Each answer must be as /openapi.json says. */
export function asking(ask: (path: string, init: RequestInit) => Promise<Answer>) {
  const request = described(ask);
  return {
    request,
    get: (path: string, headers: Record<string, string> = {}) => request(path, { headers }),
    post: (path: string, body: unknown, token = ADMIN_TOKEN) =>
      request(path, {
        method: 'POST',
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
  };
}
