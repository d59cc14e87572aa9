/**
 * Turns `work` into a function that many may call at once: every caller gets the result of a run that began after
 * its call, at most one run is under way, and at most one waits behind it, however many callers there are.
 *
 * A run has the arguments of the caller that it began for.
 *
 * A plain single flight would hand a caller the result of a run that began before the change it asks about.
 */
export function coalesce<A extends unknown[], T>(
  work: (...args: A) => Promise<T>,
): (...args: A) => Promise<T> {
  let current: Promise<T> | undefined;
  let next: Promise<T> | undefined;

  function start(args: A): Promise<T> {
    current = work(...args).finally(() => {
      current = undefined;
    });
    return current;
  }

  return (...args) => {
    // Looked at first: between the end of one run and the start of the one that waits there is no current one.
    if (next) return next;
    if (!current) return start(args);
    next = current
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return start(args);
      });
    return next;
  };
}
