/**
 * One feed for all visible tabs: the tab that holds a lock leads, and hands on what its feed tells; the others say what they want.
 * A hidden tab takes no part. Where there are no locks (http on a network is no secure context), each tab has a feed of its own.
 */
import type { Feed, News } from './feed.ts';
import { unionOf, type Wanted } from './wanted.ts';

/** In ms. */
const TABS_TIMES = {
  /** How often the leader says that it is there. */
  beat: 4_000,
  /** Who has not heard a leader for so long has a feed of its own until one is heard. */
  silence: 10_000,
};

type Message =
  /** The locks of a tab are gone with it: so the leader learns that it is. */
  | { type: 'want'; tab: string; wanted: Wanted | undefined }
  | { type: 'lead' }
  | { type: 'beat' }
  | { type: 'news'; news: News };

interface TabsOptions {
  /** Equal in all tabs that share a feed. */
  name: string;
  /** Of this tab; it rests while another tab leads. */
  newFeed(onNews: (news: News) => void): Feed;
  onNews(news: News): void;
  times?: typeof TABS_TIMES;
}

interface Tab extends Required<Omit<TabsOptions, 'newFeed'>> {
  feed: Feed;
}

export class Tabs {
  readonly #tab: Tab;
  #wanted: Wanted | undefined;
  #visit: Visit | undefined;

  constructor({ name, newFeed, onNews, times = TABS_TIMES }: TabsOptions) {
    const feed = newFeed((news) => {
      onNews(news);
      this.#visit?.pass(news);
    });
    this.#tab = { name, feed, onNews, times };
  }

  /** The tab is visible. */
  join(): void {
    this.#visit ??= new Visit(this.#tab, this.#wanted);
  }

  /** The tab is hidden. */
  leave(): void {
    this.#visit?.end();
    this.#visit = undefined;
  }

  want(wanted: Wanted | undefined): void {
    if (JSON.stringify(wanted) === JSON.stringify(this.#wanted)) return;
    this.#wanted = wanted;
    this.#visit?.want(wanted);
  }

  forget(keys: readonly string[]): void {
    this.#tab.feed.forget(keys);
  }

  wake(): void {
    this.#tab.feed.wake();
  }
}

/** From the moment that a tab becomes visible until it is hidden. */
class Visit {
  readonly #tab: Tab;
  readonly #id = `${Math.random()}`;
  readonly #ended = new AbortController();
  readonly #others = new Map<string, Wanted | undefined>();
  readonly #channel: BroadcastChannel | undefined;
  readonly #watch: ReturnType<typeof setInterval> | undefined;
  #wanted: Wanted | undefined;
  /** Its feed works. */
  #open = false;
  #leads = false;
  #heardAt = Date.now();

  constructor(tab: Tab, wanted: Wanted | undefined) {
    this.#tab = tab;
    this.#wanted = wanted;
    const { name, times } = tab;
    if (!('locks' in navigator) || !('BroadcastChannel' in globalThis)) {
      this.#begin();
      return;
    }
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }: MessageEvent<Message>) => this.#hear(data);
    this.#watch = setInterval(() => {
      if (this.#leads) this.#send({ type: 'beat' });
      else if (Date.now() - this.#heardAt > times.silence) this.#begin();
    }, times.beat);
    // First the tab's own lock: who hears of the tab waits for it.
    void this.#hold(this.#lockOf(this.#id), () => {
      this.#sendWanted();
      void this.#hold(name, () => this.#lead());
    });
  }

  want(wanted: Wanted | undefined): void {
    this.#wanted = wanted;
    if (this.#open) this.#update();
    else this.#sendWanted();
  }

  /** What the tab's own feed tells. */
  pass(news: News): void {
    if (this.#leads) this.#send({ type: 'news', news });
  }

  end(): void {
    this.#ended.abort();
    clearInterval(this.#watch);
    this.#channel?.close();
    this.#rest();
  }

  #lockOf(id: string): string {
    return `${this.#tab.name} ${id}`;
  }

  /** Keeps a lock until the end of the visit. */
  async #hold(name: string, onHeld: () => void): Promise<void> {
    const { signal } = this.#ended;
    try {
      await navigator.locks.request(name, { signal }, () => {
        if (signal.aborted) return;
        onHeld();
        return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      });
    } catch {
      // Locks may be forbidden here, as in a sandboxed frame.
      if (!signal.aborted) this.#begin();
    }
  }

  #lead(): void {
    this.#leads = true;
    this.#begin();
    this.#send({ type: 'lead' });
  }

  #hear(message: Message): void {
    if (message.type === 'want') {
      if (this.#leads) this.#serve(message.tab, message.wanted);
      return;
    }
    if (this.#leads) return;
    this.#heardAt = Date.now();
    if (message.type === 'news') this.#learn(message.news);
    if (message.type !== 'lead' && !this.#open) return;
    this.#rest();
    this.#sendWanted();
  }

  #learn(news: News): void {
    this.#tab.feed.learn(news.documents ?? []);
    this.#tab.onNews(news);
  }

  /** Another tab gets what there is, and what comes. */
  #serve(id: string, wanted: Wanted | undefined): void {
    const isNew = !this.#others.has(id);
    this.#others.set(id, wanted);
    this.#send({ type: 'news', news: this.#tab.feed.present });
    this.#update();
    if (!isNew) return;
    const { signal } = this.#ended;
    const forget = () => {
      this.#others.delete(id);
      this.#update();
    };
    navigator.locks.request(this.#lockOf(id), { signal }, forget).catch(() => undefined);
  }

  #begin(): void {
    this.#open = true;
    this.#update();
  }

  #rest(): void {
    this.#open = false;
    this.#tab.feed.want(undefined);
  }

  #update(): void {
    const all = [this.#wanted, ...this.#others.values()].filter((wanted) => wanted !== undefined);
    this.#tab.feed.want(unionOf(all));
  }

  #sendWanted(): void {
    this.#send({ type: 'want', tab: this.#id, wanted: this.#wanted });
  }

  #send(message: Message): void {
    if (!this.#ended.signal.aborted) this.#channel?.postMessage(message);
  }
}
