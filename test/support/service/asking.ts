import type { Answer } from './running-service.ts';

export const ADMIN_TOKEN = 'an-admin-token-for-tests';
export const EVENTS_TOKEN = 'an-events-token-for-tests';

/** How tests ask a service, wherever it runs. */
export function asking(request: (path: string, init: RequestInit) => Promise<Answer>) {
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
