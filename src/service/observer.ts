import type { RefreshResult } from '../engine/refresh.ts';

/** Receives what a service does, for /metrics. */
export interface Observer {
  refreshed(result: RefreshResult, durationMs: number): void;
  refreshFailed(): void;
  /** How many projects and documents an audit found that were not exact. */
  audited(mismatches: { projects: number; documents: number }): void;
  /** Upper bound of commit to servable, in ms. */
  lag(ms: number): void;
}
