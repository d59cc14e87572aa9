/**
 * Turns `work` into a function that many may call at once: every caller gets the result of a run that began after
 * its call, at most one run is under way, and at most one waits behind it, however many callers there are.
 *
 * A plain single flight would hand a caller the result of a run that began before the change it asks about.
 */
export function coalesce<T>(work: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | undefined;
  let next: Promise<T> | undefined;

  function start(): Promise<T> {
    const run = work().finally(() => {
      if (current === run) current = undefined;
    });
    current = run;
    return run;
  }

  return () => {
    // Looked at first: between the end of one run and the start of the one that waits there is no current one.
    if (next) return next;
    if (!current) return start();
    next = current
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return start();
      });
    return next;
  };
}
