/** Documents as they change: the stream, with what widgets need of them. */
import type { Figures } from '../figures.ts';
import type { Status } from '../view.ts';
import type { Needs } from '../widget.ts';

interface FeedOptions {
  /** The last event that is known already. */
  eventId?: string | undefined;
  onDocument(figures: Figures): void;
  onStatus(status: Status): void;
}

export class Feed {
  readonly #source: string;
  readonly #o: FeedOptions;
  #stream: EventSource | undefined;
  #wanted = '';

  constructor(source: string, options: FeedOptions) {
    this.#source = source;
    this.#o = options;
  }

  want(needs: readonly Needs[]): void {
    const query = queryOf(needs);
    if (query === this.#wanted) return;
    const first = this.#wanted === '';
    this.#wanted = query;
    this.#stream?.close();
    if (query === '') return;
    const since = first && this.#o.eventId ? `&lastEventId=${this.#o.eventId}` : '';
    this.#stream = new EventSource(new URL(`stats/stream?${query}${since}`, this.#source));
    this.#stream.addEventListener('stats', ({ data }) => {
      this.#o.onDocument(JSON.parse(data));
    });
    this.#stream.addEventListener('state', ({ data }) => {
      this.#o.onStatus({ ...JSON.parse(data), confirmedAt: new Date().toISOString() });
    });
    this.#stream.addEventListener('error', () =>
      this.#o.onStatus({ state: 'reconnecting', since: new Date().toISOString() }),
    );
  }
}

function queryOf(needs: readonly Needs[]): string {
  if (needs.length === 0) return '';
  const fields = `fields=${[...new Set(needs.flatMap(({ fields: some }) => some))].toSorted()}`;
  if (needs.some(({ keys }) => keys === 'all')) return fields;
  const keys = [...new Set(needs.flatMap(({ keys: some }) => some as readonly string[]))].toSorted();
  return `keys=${keys.map(encodeURIComponent)}&${fields}`;
}
