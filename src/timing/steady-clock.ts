/**
 * A clock that never goes back, from one that may, such as a platform's wall clock: where that one is set back, this one
 * goes on from where it was.
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
