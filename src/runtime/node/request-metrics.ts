/**
 * What answers to requests count. A child of prom-client looks its labels up at each observation, which takes 2 µs, a tenth
 * of an answer from memory; here it is a look-up by route, and numbers (60 ns). They become metrics when somebody asks.
 */
import { Counter, type Histogram, type Registry } from 'prom-client';
import type { Answered } from '../../http/observe.ts';

/** Seconds. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Others are counted together: a client can invent as many as it likes. */
const METHODS = ['GET', 'HEAD', 'POST', 'OPTIONS'];
const OTHER = METHODS.length;
const CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx'];

/** Answers of one route, method and class of status. */
class Times {
  readonly inBucket = new Float64Array(BOUNDS.length + 1);
  sum = 0;

  add(seconds: number): void {
    let i = 0;
    while (i < BOUNDS.length && seconds > (BOUNDS[i] as number)) i++;
    this.inBucket[i] = (this.inBucket[i] as number) + 1;
    this.sum += seconds;
  }
}

export class RequestMetrics {
  /** By route, and in it by method and class. */
  readonly #times = new Map<string, (Times | undefined)[]>();
  readonly #caches = new Map<string, number>();
  readonly #problems = new Map<string, number>();

  constructor(registry: Registry) {
    registry.registerMetric(this.#histogram() as unknown as Histogram);
    const counter = (name: string, help: string, label: string, counts: ReadonlyMap<string, number>) =>
      new Counter({
        ...{ name, help, labelNames: [label], registers: [registry] },
        collect() {
          this.reset();
          for (const [value, count] of counts) this.inc({ [label]: value }, count);
        },
      });
    counter(
      'dashboard_stats_answers_total',
      'Answers with statistics by where they came from: memory, table, refresh, or stale with the reason',
      'cache',
      this.#caches,
    );
    counter(
      'dashboard_stats_problems_total',
      'Answers that were a problem (RFC 9457), by its code; unauthorized counts failed authentications',
      'problem',
      this.#problems,
    );
  }

  readonly count = ({ method, route, status, durationMs, state }: Answered): void => {
    const known = METHODS.indexOf(method);
    const place = (known < 0 ? OTHER : known) * CLASSES.length + Math.floor(status / 100) - 1;
    const times = this.#times.get(route)?.[place] ?? this.#begin(route, place);
    times.add(durationMs / 1000);
    add(this.#caches, state.cache);
    add(this.#problems, state.problem);
  };

  #begin(route: string, place: number): Times {
    const all = this.#times.get(route) ?? [];
    const times = new Times();
    all[place] = times;
    this.#times.set(route, all);
    return times;
  }

  /** As the registry takes it. */
  #histogram() {
    const name = 'dashboard_stats_http_request_duration_seconds';
    return {
      name,
      get: async () => ({
        name,
        help: 'From the head of a request to the head of its answer, by route, method and class of status',
        type: 'histogram',
        values: [...this.#times].flatMap(([route, all]) =>
          all.flatMap((times, place) => (times ? samples(name, labels(route, place), times) : [])),
        ),
      }),
    };
  }
}

function add(counts: Map<string, number>, what: string | undefined): void {
  if (what !== undefined) counts.set(what, (counts.get(what) ?? 0) + 1);
}

function labels(route: string, place: number) {
  const method = METHODS[Math.floor(place / CLASSES.length)] ?? 'other';
  return { route, method, status: CLASSES[place % CLASSES.length] };
}

function samples(name: string, sharedLabels: object, { inBucket, sum }: Times) {
  let count = 0;
  const buckets = [...inBucket].map((n, i) => {
    count += n;
    return { metricName: `${name}_bucket`, labels: { le: BOUNDS[i] ?? '+Inf' }, sharedLabels, value: count };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, sharedLabels, value: sum },
    { metricName: `${name}_count`, sharedLabels, value: count },
  ];
}
