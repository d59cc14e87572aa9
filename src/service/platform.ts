import type { RefreshResult } from '../engine/refresh.ts';

/** What differs between the platforms that the service runs on. */
export interface Platform {
  /** Memory may lack a commit for so long, in ms; after it what is served is labelled as stale. */
  behindAfterMs: number;
  /** Streams and pages say so once no sync has confirmed memory for so long, in ms. Infinity where syncs come with readers. */
  confirmedForMs: number;
  /** A database that no sync has reached for so long counts as away, in ms. Infinity likewise. */
  awayAfterMs: number;
  /** How long a refresh waits for another one, in ms; default: the engine's. */
  lockMs?: number;
  /** Whether memory may be of long ago, as the start is not complete; default: never. */
  isStarting?: () => boolean;
  /** Brings memory up to date before it is read, where it does not follow the table by itself. Never rejects. */
  catchUp?: () => Promise<void>;
  /** Called after each refresh of this node and the sync that followed. */
  afterRefresh?: (result: RefreshResult) => void;
  /** Receives work that uses the database and may outlive whoever asked for it. */
  track?: (work: Promise<unknown>) => void;
}

/** Receives what a service does, for /metrics. */
export interface Observer {
  refreshed(result: RefreshResult, durationMs: number): void;
  refreshFailed(): void;
  /** How many projects and documents an audit found that were not exact. */
  audited(mismatches: { projects: number; documents: number }): void;
  /** Upper bound of commit to servable, in ms. */
  lag(ms: number): void;
}
