import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Sql } from '../../db/connection.ts';
import { oldestSnapshot } from '../../engine/sql/oldest-snapshot.ts';
import type { StreamBroadcast } from '../../http/stream/broadcast.ts';
import type { Observer } from '../../service/platform.ts';
import type { StatsService } from '../../service/service.ts';
import { withTimeout } from '../../timing/with-timeout.ts';
import { RequestMetrics } from './request-metrics.ts';

/** Seconds; the target is 0.25 at the 99th percentile. */
const BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 60];
/** The other metrics do not wait longer for a database that does not answer. */
const SNAPSHOT_TIMEOUT_MS = 1_000;

/** What a process of the service counts, in the text format of Prometheus. */
export class Metrics {
  readonly observer: Observer;
  readonly #registry = new Registry();
  readonly requests = new RequestMetrics(this.#registry);

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
      ...this.#named('refresh_seconds', 'Duration of refreshes that computed something'),
      buckets: BUCKETS,
    });
    const mismatches = new Counter({
      ...this.#named('audit_mismatches_total', 'What audits of this node found not exact, and had repaired'),
      labelNames: ['kind'],
    });
    const lag = new Histogram({
      ...this.#named(
        'lag_seconds',
        'From commit to servable on this node; an upper bound, from the last poll before that saw no mark',
      ),
      buckets: BUCKETS,
    });
    this.observer = {
      refreshed(result, durationMs) {
        refreshes.inc({ outcome: result.outcome });
        if (result.outcome !== 'done') return;
        durations.observe(durationMs / 1000);
        changes.inc(result.items.filter((item) => item.changed).length);
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
  watch(service: StatsService, streams: StreamBroadcast, sql: Sql): void {
    const gauge = (name: string, help: string, value: () => number | Promise<number>) =>
      new Gauge({
        ...this.#named(name, help),
        async collect() {
          this.set(await value());
        },
      });
    gauge(
      'revision',
      'The revision this node has applied',
      () => service.memory.snapshot?.position.revision ?? 0,
    );
    gauge('documents', 'Documents this node knows', () => service.memory.snapshot?.entries.size ?? 0);
    gauge('streams', 'Open event streams', () => streams.size);
    gauge('memory_bytes', 'Size of the documents in memory', () => service.memory.bytes);
    gauge(
      'oldest_snapshot_seconds',
      'Age of the oldest snapshot that another session holds; while it is held, taken marks pile up',
      () =>
        withTimeout(
          SNAPSHOT_TIMEOUT_MS,
          oldestSnapshot(sql),
          () => new Error('The database takes too long.'),
        ).then(
          (oldest) => oldest?.ageSeconds ?? 0,
          () => Number.NaN,
        ),
    );
    gauge(
      'marks_lost',
      '1 while triggers are missing or disabled, until everything has been recomputed after it; else 0',
      () => Number(service.state.marksLost),
    );
    gauge('database_silent_seconds', 'Since the database last answered', () => service.silentForMs / 1000);
  }

  #named(name: string, help: string) {
    return { name: `dashboard_stats_${name}`, help, registers: [this.#registry] };
  }

  async text(): Promise<{ text: string; contentType: string }> {
    return { text: await this.#registry.metrics(), contentType: this.#registry.contentType };
  }
}
