/** The one place of a page that fetches and streams: it keeps what is loaded of one service, and calls whoever shows it. */
import type { Figures, Meta, ProjectList, Trend } from '../figures.ts';
import { type ListPart, type Loaded, listKey, NOTHING, trendKey, type View } from '../view.ts';
import type { Needs } from '../widget.ts';
import { Feed } from './feed.ts';
import { fetchJson } from './fetch-json.ts';
import { HANDOVER_ID, type Handover } from './handover.ts';

const stores = new Map<string, Store>();

/** @param source address of the service */
export function storeOf(source: string): Store {
  const { href } = new URL('.', new URL(source, document.baseURI));
  const known = stores.get(href);
  if (known) return known;
  const text = document.getElementById(HANDOVER_ID)?.textContent;
  const handover =
    text && new URL(href).origin === location.origin ? (JSON.parse(text) as Handover) : undefined;
  const store = new Store(href, handover);
  stores.set(href, store);
  return store;
}

interface Subscription {
  needs: Needs;
  onChange: () => void;
}

export class Store {
  readonly #source: string;
  readonly #feed: Feed;
  readonly #subscriptions = new Set<Subscription>();
  #loaded: Loaded;
  readonly link: View['link'];
  #settling = false;

  constructor(source: string, handover: Handover | undefined) {
    this.#source = source;
    this.#loaded = handover?.loaded ?? NOTHING;
    this.link = handover && ((path) => path);
    this.#feed = new Feed(source, {
      eventId: handover?.eventId,
      onDocument: (figures) => this.#takeDocument(figures),
      onStatus: (status) => this.#set({ status }),
    });
  }

  get loaded(): Loaded {
    return this.#loaded;
  }

  /** @returns ends the subscription */
  subscribe(needs: Needs, onChange: () => void): () => void {
    const subscription = { needs, onChange };
    this.#subscriptions.add(subscription);
    this.#settle();
    return () => {
      this.#subscriptions.delete(subscription);
      this.#settle();
    };
  }

  /** Elements come one by one; what they need is looked at when all of them are there. */
  #settle(): void {
    if (this.#settling) return;
    this.#settling = true;
    setTimeout(() => {
      this.#settling = false;
      const needs = [...this.#subscriptions].map((subscription) => subscription.needs);
      this.#feed.want(needs);
      if (needs.length > 0) void this.#loadBesides(needs);
    });
  }

  /** What no stream brings. */
  async #loadBesides(needs: readonly Needs[]): Promise<void> {
    if (!this.#loaded.meta) this.#set({ meta: await fetchJson<Meta>(this.#source, 'meta') });
    for (const { trend, list } of needs) {
      if (trend) {
        const name = trendKey(trend.key, trend.metrics);
        if (!this.#loaded.trends[name]) {
          const path = `${historyPath(trend.key)}?metrics=${trend.metrics.join(',')}`;
          this.#set({
            trends: { ...this.#loaded.trends, [name]: await fetchJson<Trend>(this.#source, path) },
          });
        }
      }
      if (list) {
        const name = listKey(list);
        if (!this.#loaded.lists[name] && this.#loaded.meta?.lists.includes(list.name)) {
          const path = listPath(list);
          this.#set({
            lists: { ...this.#loaded.lists, [name]: await fetchJson<ProjectList>(this.#source, path) },
          });
        }
      }
    }
  }

  #takeDocument(figures: Figures): void {
    const known = this.#loaded.documents[figures.key];
    const statistics = { ...known?.statistics, ...figures.statistics };
    this.#set({ documents: { ...this.#loaded.documents, [figures.key]: { ...figures, statistics } } });
  }

  #set(changed: Partial<Loaded>): void {
    this.#loaded = { ...this.#loaded, ...changed };
    for (const { onChange } of this.#subscriptions) onChange();
  }
}

function historyPath(key: string): string {
  const [type, name] = [key.slice(0, key.indexOf(':')), key.slice(key.indexOf(':') + 1)];
  if (key === 'global') return 'stats/global/history';
  return `stats/${type === 'region' ? 'regions' : 'facilities'}/${encodeURIComponent(name)}/history`;
}

function listPath({ name, scope, limit, after }: ListPart): string {
  const further = after ? `&after=${encodeURIComponent(after)}` : '';
  return `stats/lists/${name}?scope=${encodeURIComponent(scope)}&limit=${limit}${further}`;
}
