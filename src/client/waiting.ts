export type Range = readonly [first: number, most: number];

/** Doubles from `first` to `most`, and spreads, so that not everybody asks at once. */
export function backOff(failures: number, [first, most]: Range, random = Math.random): number {
  return Math.min(most, first * 2 ** failures) * (0.5 + random() / 2);
}

/** Ends with the time, or at once when the signal is given. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
    if (signal?.aborted) done();
  });
}
