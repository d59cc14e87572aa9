/** What /metrics says of the state of the service and of its database: read when somebody asks. */
import { Counter, Gauge, type Registry } from 'prom-client';
import { poolUse, type Sql } from '../../db/connection.ts';
import { oldestSnapshot } from '../../engine/sql/oldest-snapshot.ts';
import type { TriggerState } from '../../engine/sql/trigger-state.ts';
import { age } from '../../http/caching.ts';
import { readiness } from '../../http/readiness.ts';
import type { StreamBroadcast } from '../../http/stream/broadcast.ts';
import { jobTimes } from '../../jobs/sql/job-runs.ts';
import type { StatsService } from '../../service/service.ts';
import { readState } from '../../service/status.ts';
import { withTimeout } from '../../timing/with-timeout.ts';

/** Nothing else waits longer for a database that does not answer. */
const ASK_TIMEOUT_MS = 1_000;
const STATUSES = ['ready', 'degraded', 'unavailable'] as const;

interface Watched {
  service: StatsService;
  streams: StreamBroadcast;
  sql: Sql;
  now: () => number;
  version: string;
}

/** @returns reads everything anew; never rejects. What the database does not tell is NaN, or absent where it is of a job */
export function stateMetrics(registry: Registry, { service, streams, sql, now, version }: Watched) {
  const named = (name: string, help: string) => ({
    ...{ name: `dashboard_stats_${name}`, help, registers: [registry] },
  });
  const gauge = (name: string, help: string) => new Gauge(named(name, help));
  const gauges = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Gauge({ ...named(name, help), labelNames });
  const counter = (name: string, help: string, count: () => number) =>
    new Counter({
      ...named(name, help),
      collect() {
        this.reset();
        this.inc(count());
      },
    });

  const build = gauges(
    'build_info',
    'Always 1; the version of this program and of Node.js',
    'version',
    'node',
  );
  build.set({ version, node: process.version }, 1);
  const ready = gauges(
    'ready',
    'Of its labels, 1 for what /readyz answers: ready, degraded or unavailable',
    'status',
  );
  const triggers = gauge(
    'triggers_ok',
    '1 while every change leaves a mark; 0 where triggers are missing or left out',
  );
  const lost = gauge(
    'marks_lost',
    '1 while triggers are missing or disabled, until everything has been recomputed after it; else 0',
  );
  const silent = gauge('database_silent_seconds', 'Since memory was last found to be what the table holds');
  const revision = gauge('revision', 'The revision this node has applied');
  const documents = gauge('documents', 'Documents this node knows');
  const oldest = gauge(
    'documents_age_seconds',
    'Since the document in memory that was confirmed least recently',
  );
  const bytes = gauge('memory_bytes', 'Size of the documents in memory');
  const open = gauge('streams', 'Open event streams');
  counter('stream_events_sent_total', 'Documents sent to event streams', () => streams.counts.events);
  counter(
    'stream_clients_dropped_total',
    'Event streams that were ended since their client did not read',
    () => streams.counts.dropped,
  );
  const marks = gauge('marks_waiting', 'Changes that wait for a refresh; at most 10,000 are counted');
  const queued = gauges(
    'outbox_waiting',
    'Rows that wait to be written for the hub and its log of events',
    'kind',
  );
  const held = gauge(
    'oldest_snapshot_seconds',
    'Age of the oldest snapshot that another session holds; while it is held, taken marks pile up',
  );
  const inUse = gauge('database_connections_in_use', 'Connections of this node’s pool that are at work');
  const waiting = gauge(
    'database_queries_waiting',
    'Queries of this node that wait for a connection of its pool',
  );
  const succeeded = gauges(
    'job_last_success_timestamp_seconds',
    'When a job last succeeded, on any node',
    'job_name',
  );
  const took = gauges(
    'job_last_duration_seconds',
    'Duration of the last run of a job, on any node',
    'job_name',
  );

  const ask = <T>(question: Promise<T>): Promise<T | undefined> =>
    withTimeout(ASK_TIMEOUT_MS, question, () => new Error('It takes too long.')).catch(() => undefined);

  return async (): Promise<void> => {
    const { memory, state } = service;
    const { snapshot } = memory;
    // Before the questions below use it too.
    const pool = poolUse(sql);
    inUse.set(pool.inUse);
    waiting.set(pool.waiting);
    silent.set(service.silentForMs / 1000);
    revision.set(snapshot?.position.revision ?? 0);
    documents.set(snapshot?.entries.size ?? 0);
    oldest.set(age('memory', [...(snapshot?.entries.values() ?? [])], now(), state.confirmedAt));
    bytes.set(memory.bytes);
    open.set(streams.size);
    lost.set(Number(state.marksLost));
    let found: TriggerState | undefined;
    const [{ status }, snapshots, waits, times] = await Promise.all([
      readiness(service, async () => {
        found = await service.triggerState();
        return found;
      }),
      ask(oldestSnapshot(sql).then((found) => found?.ageSeconds ?? 0)),
      ask(readState(sql)),
      ask(
        jobTimes(
          sql,
          service.jobs.all.map(({ name }) => name),
        ),
      ),
    ]);
    for (const one of STATUSES) ready.set({ status: one }, Number(one === status));
    triggers.set(found ? Number(found.wanted && found.missing.length === 0) : Number.NaN);
    held.set(snapshots ?? Number.NaN);
    marks.set(waits?.marks ?? Number.NaN);
    for (const kind of ['notifications', 'events'] as const)
      queued.set({ kind }, waits?.queued[kind] ?? Number.NaN);
    succeeded.reset();
    took.reset();
    for (const { job: job_name, succeededAt, seconds } of times ?? []) {
      if (succeededAt !== null) succeeded.set({ job_name }, succeededAt);
      if (seconds !== null) took.set({ job_name }, seconds);
    }
  };
}
