/** What no stream brings: titles, trends and lists. Each is asked for when it is needed, and again when it is older than the documents. */
import { GLOBAL_KEY } from '../../stats/keys.ts';
import { type Meta, type ProjectList, seriesOf, type Trend } from '../figures.ts';
import { type ListPart, type Loaded, listKey, listPath, scopePath, trendKey, trendOf } from '../view.ts';
import type { Needs } from '../widget.ts';
import { askJson, Refusal } from './ask.ts';
import { isOldList, isOldMeta, isOldTrend } from './old.ts';

/** The same thing is asked for again after so many ms at the earliest. */
const BESIDES_TIMES = {
  ...{ list: 2_000, trend: 10_000, failed: 5_000, meta: 60_000, refused: 60_000 },
  /** What is shown and has become old is asked for at some moment within so many ms: all open pages learn of it at once. */
  spread: 2_000,
};
/** The service takes so many in one request. */
const MAX_METRICS = 20;

interface BesidesOptions {
  loaded(): Loaded;
  onLoaded(part: Partial<Loaded>): void;
  /** From 0 to below 1; default Math.random. */
  random?: () => number;
}

export class Besides {
  readonly #source: string;
  readonly #o: BesidesOptions;
  /** Old ones whose moment has been chosen. */
  readonly #waiting = new Set<string>();
  /** When each may be asked for again; infinite while it is being asked for. */
  readonly #dueAt = new Map<string, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #nextCheckAt = Number.POSITIVE_INFINITY;
  #needs: readonly Needs[] = [];

  constructor(source: string, options: BesidesOptions) {
    this.#source = source;
    this.#o = options;
  }

  /** Asks for what is missing or old. @param needs undefined: as before */
  check(needs: readonly Needs[] = this.#needs): void {
    this.#needs = needs;
    if (needs.length === 0) return;
    const loaded = this.#o.loaded();
    if (isOldMeta(loaded, needs)) this.#load('meta', 'meta', loaded.meta, () => this.#loadMeta());
    // Only meta says which figures have a trend.
    if (!loaded.meta) return;
    for (const [scope, metrics] of this.#oldTrends(loaded, loaded.meta)) {
      const isShown = needs.every(({ trend }) => trend?.key !== scope || trendOf(loaded, trend));
      for (let i = 0; i < metrics.length; i += MAX_METRICS) {
        const some = metrics.slice(i, i + MAX_METRICS);
        this.#load(trendKey(scope, some), 'trend', isShown, () => this.#loadTrends(scope, some));
      }
    }
    for (const { list } of needs) {
      if (!list || !isOldList(loaded, list)) continue;
      const name = listKey(list);
      this.#load(name, 'list', loaded.lists[name], () => this.#loadList(name, list));
    }
  }

  /** By scope: many widgets show trends of the same one, which is one request. */
  #oldTrends(loaded: Loaded, { metrics }: Meta): ReadonlyMap<string, string[]> {
    const old = new Map<string, Set<string>>();
    for (const { trend } of this.#needs) {
      if (!trend || !isOldTrend(loaded, trend)) continue;
      const has = (path: string) => metrics.some((metric) => metric.path === path && metric.history);
      old.set(trend.key, new Set([...(old.get(trend.key) ?? []), ...trend.metrics.filter(has)]));
    }
    return new Map([...old].map(([scope, paths]) => [scope, [...paths]]));
  }

  /** Not while it is being asked for, nor too soon after the last time. @param old what is shown meanwhile */
  #load(name: string, kind: 'list' | 'trend' | 'meta', old: unknown, load: () => Promise<void>): void {
    const { random = Math.random } = this.#o;
    const now = Date.now();
    if (old && now >= (this.#dueAt.get(name) ?? 0) && !this.#waiting.has(name)) {
      this.#waiting.add(name);
      this.#dueAt.set(name, now + random() * BESIDES_TIMES.spread);
    }
    const dueAt = this.#dueAt.get(name) ?? 0;
    if (now < dueAt) {
      this.#checkAt(dueAt);
      return;
    }
    this.#waiting.delete(name);
    this.#dueAt.set(name, Number.POSITIVE_INFINITY);
    load().then(
      () => {
        this.#dueAt.set(name, Date.now() + BESIDES_TIMES[kind]);
        this.check();
      },
      (error: Error) => {
        const isRefused = error instanceof Refusal;
        this.#dueAt.set(name, Date.now() + BESIDES_TIMES[isRefused ? 'refused' : 'failed']);
        this.check();
      },
    );
  }

  #checkAt(at: number): void {
    if (at >= this.#nextCheckAt) return;
    this.#nextCheckAt = at;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#nextCheckAt = Number.POSITIVE_INFINITY;
      this.check();
    }, at - Date.now());
  }

  async #loadMeta(): Promise<void> {
    this.#o.onLoaded({ meta: await askJson<Meta>(this.#source, 'meta') });
  }

  async #loadTrends(scope: string, metrics: readonly string[]): Promise<void> {
    const path = `${historyPath(scope)}?metrics=${metrics.map(encodeURIComponent)}`;
    const { series, ...trend } = await askJson<Trend>(this.#source, path);
    const trends: Record<string, Trend> = { ...this.#o.loaded().trends };
    for (const { trend: needed } of this.#needs) {
      if (needed?.key !== scope || !needed.metrics.some((metric) => metric in series)) continue;
      const name = trendKey(scope, needed.metrics);
      const before = trends[name]?.dates.at(-1) === trend.dates.at(-1) ? trends[name]?.series : undefined;
      trends[name] = { ...trend, series: { ...before, ...seriesOf({ series }, needed.metrics) } };
    }
    this.#o.onLoaded({ trends });
  }

  async #loadList(name: string, part: ListPart): Promise<void> {
    const list = await askJson<ProjectList>(this.#source, `stats${listPath(part)}&limit=${part.limit}`);
    this.#o.onLoaded({ lists: { ...this.#o.loaded().lists, [name]: list } });
  }
}

function historyPath(key: string): string {
  return `stats${key === GLOBAL_KEY ? '/global' : scopePath(key)}/history`;
}
