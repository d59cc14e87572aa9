/**
 * Work by what it is for: whoever asks while it is under way gets its result. For what no change makes wrong; whoever must see a change
 * that came before the call wants `coalesce`. Each service has its own: on Workers memory outlives it, and no request may wait for
 * another one's promise.
 */
export class UnderWay<T> {
  readonly #work = new Map<string, Promise<T>>();

  /** @param begin is called where none is under way for `id` */
  join(id: string, begin: () => Promise<T>): Promise<T> {
    const known = this.#work.get(id);
    if (known) return known;
    const work = begin().finally(() => this.#work.delete(id));
    this.#work.set(id, work);
    return work;
  }
}
