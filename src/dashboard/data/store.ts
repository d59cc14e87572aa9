/** The one place of a page that fetches and streams: it keeps what is loaded of one service, and calls whoever shows it. */
import type { Figures } from '../figures.ts';
import { type Loaded, NOTHING, type View } from '../view.ts';
import type { Needs } from '../widget.ts';
import { isSignedIn } from './ask.ts';
import { Besides } from './besides.ts';
import { merged } from './documents.ts';
import { Feed, type News } from './feed.ts';
import { HANDOVER_ID, type Handover } from './handover.ts';
import { goneKeys } from './old.ts';
import { Tabs } from './tabs.ts';
import { wantedOf } from './wanted.ts';

/** Figures of a tab that was hidden for longer are marked until they are confirmed again. */
const OLD_MS = 60_000;

const stores = new Map<string, Store>();

/** @param source address of the service; undefined is returned where it is none */
export function storeOf(source: string): Store | undefined {
  const address = URL.canParse(source, document.baseURI)
    ? new URL('.', new URL(source, document.baseURI))
    : undefined;
  if (!address?.protocol.startsWith('http')) return undefined;
  const known = stores.get(address.href);
  if (known) return known;
  const text = document.getElementById(HANDOVER_ID)?.textContent;
  const handover = text && address.origin === location.origin ? (JSON.parse(text) as Handover) : undefined;
  const store = new Store(address.href, handover);
  stores.set(address.href, store);
  store.followPage();
  return store;
}

/** What is shown next begins anew, as a page that is loaded does. */
export function closeStores(): void {
  for (const store of stores.values()) store.close();
  stores.clear();
}

interface Subscription {
  needsOf: (loaded: Loaded) => Needs;
  /** Of what was loaded when they were looked at last. */
  needs: Needs;
  onChange: () => void;
}

export class Store {
  readonly #tabs: Tabs;
  readonly #besides: Besides;
  readonly #subscriptions = new Set<Subscription>();
  #loaded: Loaded;
  readonly link: View['link'];
  #settling = false;
  readonly #closed = new AbortController();

  constructor(source: string, handover: Handover | undefined) {
    this.#loaded = handover?.loaded ?? NOTHING;
    this.link = handover && ((path) => path);
    const { documents, status } = this.#loaded;
    const start = { documents: Object.values(documents), status, position: handover?.position };
    this.#tabs = new Tabs({
      // A tab that may read gets nothing from one that may not.
      name: `dashboard-stats ${source}${isSignedIn() ? ' signed in' : ''}`,
      newFeed: (onNews) => new Feed(source, start, onNews),
      onNews: (news) => this.#takeNews(news),
    });
    this.#besides = new Besides(source, {
      loaded: () => this.#loaded,
      onLoaded: (part) => {
        this.#set(part);
        if (part.meta) this.#forgetGone();
      },
    });
  }

  get loaded(): Loaded {
    return this.#loaded;
  }

  /** @param needsOf asked again when more is loaded. @returns ends the subscription */
  subscribe(needsOf: Subscription['needsOf'], onChange: () => void): () => void {
    const subscription = { needsOf, needs: needsOf(this.#loaded), onChange };
    this.#subscriptions.add(subscription);
    this.#settle();
    return () => {
      this.#subscriptions.delete(subscription);
      this.#settle();
    };
  }

  /** Nothing is asked for and no stream is open while the page is hidden. */
  followPage(): void {
    const { signal } = this.#closed;
    const follow = () => (document.visibilityState === 'visible' ? this.#resume() : this.#rest());
    document.addEventListener('visibilitychange', follow, { signal });
    // A page that the browser keeps for its button "back" must hold no lock.
    addEventListener('pagehide', () => this.#rest(), { signal });
    addEventListener('pageshow', follow, { signal });
    addEventListener('online', () => this.#tabs.wake(), { signal });
    follow();
  }

  close(): void {
    this.#closed.abort();
    this.#rest();
  }

  #resume(): void {
    const { state, confirmedAt } = this.#loaded.status;
    const isOld = confirmedAt !== undefined && Date.now() - Date.parse(confirmedAt) > OLD_MS;
    if (isOld && state !== 'stale')
      this.#set({ status: { state: 'reconnecting', since: confirmedAt, confirmedAt } });
    this.#tabs.join();
    this.#besides.check(this.#needs());
  }

  #rest(): void {
    this.#tabs.leave();
    this.#besides.check([]);
  }

  #needs(): Needs[] {
    return [...this.#subscriptions].map(({ needs }) => needs);
  }

  /** Elements come one by one, and documents too; what is needed is looked at when all of them are there. */
  #settle(): void {
    if (this.#settling) return;
    this.#settling = true;
    setTimeout(() => {
      this.#settling = false;
      for (const subscription of this.#subscriptions) subscription.needs = subscription.needsOf(this.#loaded);
      if (this.#closed.signal.aborted) return;
      const needs = this.#needs();
      this.#tabs.want(wantedOf(needs));
      if (document.visibilityState === 'visible') this.#besides.check(needs);
    });
  }

  #takeNews({ documents, status }: News): void {
    if (documents) this.#takeDocuments(documents);
    if (status) this.#set({ status });
    this.#besides.check();
  }

  /** Another tab may want other members: what lacks one that is shown here is left out. */
  #takeDocuments(news: readonly Figures[]): void {
    const wanted = wantedOf(this.#needs());
    const documents: Record<string, Figures> = { ...this.#loaded.documents };
    for (const figures of news) {
      const whole = merged(documents[figures.key], figures);
      if (wanted?.fields.every((field) => field in whole.statistics)) documents[figures.key] = whole;
    }
    this.#set({ documents });
  }

  #forgetGone(): void {
    const keys = goneKeys(this.#loaded);
    if (keys.length === 0) return;
    this.#tabs.forget(keys);
    const kept = Object.entries(this.#loaded.documents).filter(([key]) => !keys.includes(key));
    this.#set({ documents: Object.fromEntries(kept) });
  }

  #set(changed: Partial<Loaded>): void {
    const before = this.#loaded;
    this.#loaded = { ...before, ...changed };
    const isShown = changesOf(before, this.#loaded);
    for (const { needs, onChange } of this.#subscriptions) if (isShown(needs)) onChange();
    if (changed.meta || changed.documents) this.#settle();
  }
}

/** Which widgets show what has changed. */
function changesOf(before: Loaded, after: Loaded): (needs: Needs) => boolean {
  const changed = (name: string) => before.documents[name] !== after.documents[name];
  const keys = new Set(Object.keys({ ...before.documents, ...after.documents }).filter(changed));
  const { status } = before;
  const isConfirmed = status.confirmedAt !== after.status.confirmedAt;
  const concernsAll =
    before.meta !== after.meta ||
    before.trends !== after.trends ||
    before.lists !== after.lists ||
    status.state !== after.status.state ||
    status.since !== after.status.since ||
    status.reason !== after.status.reason;
  return (needs) =>
    concernsAll ||
    (isConfirmed && needs.confirmation === true) ||
    (needs.keys === 'all' ? keys.size > 0 : needs.keys.some((key) => keys.has(key)));
}
