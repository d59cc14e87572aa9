/**
 * A clock that never goes back, made of one that may, such as a platform's wall clock: where it is set back, time goes on
 * from where it was.
 *
 * @param read in ms
 */
export function steadyClock(read: () => number): () => number {
  let ahead = 0;
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    const found = read() + ahead;
    if (found < last) ahead += last - found;
    last = Math.max(last, found);
    return last;
  };
}
