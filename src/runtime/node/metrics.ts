import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { Observer } from '../../service/platform.ts';
import { RequestMetrics } from './request-metrics.ts';
import { stateMetrics } from './state-metrics.ts';

/** Seconds; the target is 0.25 at the 99th percentile. */
const BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 60];

/** What a process of the service counts, in the text format of Prometheus; docs/monitoring.md lists it. */
export class Metrics {
  readonly observer: Observer;
  readonly #registry = new Registry();
  readonly requests = new RequestMetrics(this.#registry);
  #readState = async () => {};

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
    const refreshes = new Counter({
      ...this.#named('refreshes_total', 'Refreshes of this node by outcome'),
      labelNames: ['outcome'],
    });
    const changes = new Counter(
      this.#named('documents_changed_total', 'Documents that refreshes of this node changed'),
    );
    const durations = new Histogram({
      ...this.#named('refresh_seconds', 'Duration of refreshes that computed something, by what they did'),
      buckets: BUCKETS,
      labelNames: ['plan'],
    });
    const mismatches = new Counter({
      ...this.#named('audit_mismatches_total', 'What audits of this node found not exact, and had repaired'),
      labelNames: ['kind'],
    });
    // A series that begins at 1 has no increase.
    for (const kind of ['project', 'document']) mismatches.inc({ kind }, 0);
    for (const outcome of ['done', 'idle', 'busy', 'failed']) refreshes.inc({ outcome }, 0);
    const lag = new Histogram({
      ...this.#named(
        'lag_seconds',
        'From commit to servable on this node; an upper bound, from the last poll before that saw no mark',
      ),
      buckets: BUCKETS,
    });
    this.observer = {
      refreshed({ outcome, plan, items }, durationMs) {
        refreshes.inc({ outcome });
        if (outcome !== 'done') return;
        durations.observe({ plan }, durationMs / 1000);
        changes.inc(items.filter((item) => item.changed).length);
      },
      refreshFailed: () => refreshes.inc({ outcome: 'failed' }),
      audited({ projects, documents }) {
        mismatches.inc({ kind: 'project' }, projects);
        mismatches.inc({ kind: 'document' }, documents);
      },
      lag: (ms) => lag.observe(ms / 1000),
    };
  }

  /** Adds what is read when somebody asks for the metrics. */
  watch(watched: Parameters<typeof stateMetrics>[1]): void {
    this.#readState = stateMetrics(this.#registry, watched);
  }

  #named(name: string, help: string) {
    return { name: `dashboard_stats_${name}`, help, registers: [this.#registry] };
  }

  async text(): Promise<{ text: string; contentType: string }> {
    await this.#readState();
    return { text: await this.#registry.metrics(), contentType: this.#registry.contentType };
  }
}
