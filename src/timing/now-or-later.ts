/** A value that may be there already: an answer from memory is made in one turn, without a promise (docs/adr/015). */
export type NowOrLater<T> = T | Promise<T>;

export function andThen<T, U>(value: NowOrLater<T>, next: (value: T) => NowOrLater<U>): NowOrLater<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}
