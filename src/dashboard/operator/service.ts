/** What the operator's page asks the service, with the token that only this tab's memory has. */
export interface ServiceStatus {
  at: string;
  health: {
    status: 'ready' | 'degraded' | 'unavailable';
    checks: Record<string, { status: 'ok' | 'warning' | 'failed'; detail: string }>;
  };
  node: string;
  lastLagMs: number | null;
  behindMs: number | null;
  revision: number;
  marks: number;
  queued: { notifications: number; events: number };
  documents: readonly {
    key: string;
    displayName: string;
    version: number;
    valid: boolean;
    asOf: string;
    checkedAt: string;
    expiresAt: string;
  }[];
  nodes: readonly {
    name: string;
    address: string | null;
    sessions: number;
    since: string;
    lastSeen: string | null;
  }[];
}

export interface Job {
  name: string;
  description: string;
  schedule: string;
  nextRun: string | null;
  lastRuns: readonly {
    scheduledAt: string;
    startedAt: string;
    outcome: 'succeeded' | 'failed' | null;
    durationMs: number | null;
    detail: string | null;
  }[];
}

export interface Action {
  id: number;
  at: string;
  who: string;
  address: string | null;
  action: 'invalidate' | 'recompute' | 'run-job';
  target: { keys?: string[]; projectIds?: string[]; all?: boolean; full?: boolean; job?: string };
  reason: string | null;
  outcome: 'succeeded' | 'failed' | null;
  detail: string | null;
  revision: number | null;
  durationMs: number | null;
}

/** Everything that the page shows. */
export interface Overview {
  status: ServiceStatus;
  jobs: readonly Job[];
  actions: { items: readonly Action[]; next: number | null };
}

/** The service answered with a problem, or not at all: then `status` is 0. */
export class RefusedError extends Error {
  constructor(
    readonly status: number,
    detail: string,
  ) {
    super(detail);
  }
}

const ACTIONS_SHOWN = 20;

export class Service {
  readonly #token: string;

  constructor(token: string) {
    this.#token = token;
  }

  async look(): Promise<Overview> {
    // Alone at first: a wrong token is refused, and counted, once.
    const status = await this.#ask<ServiceStatus>('/admin/status');
    const [{ jobs }, actions] = await Promise.all([this.#ask<{ jobs: Job[] }>('/jobs'), this.actions()]);
    return { status, jobs, actions };
  }

  /** @param after the `next` of the part before */
  actions(after?: number): Promise<Overview['actions']> {
    const from = after === undefined ? '' : `&after=${after}`;
    return this.#ask(`/admin/actions?limit=${ACTIONS_SHOWN}${from}`);
  }

  post(path: string, body: object): Promise<Record<string, unknown>> {
    const headers = { 'Content-Type': 'application/json' };
    return this.#ask(path, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  async #ask<T>(path: string, { headers, ...init }: RequestInit = {}): Promise<T> {
    const all = { ...headers, Authorization: `Bearer ${this.#token}` };
    const answer = await fetch(path, { ...init, headers: all, cache: 'no-store' }).catch((error: Error) => {
      throw new RefusedError(0, error.message);
    });
    const body = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new RefusedError(answer.status, body.detail ?? '');
    return body;
  }
}
