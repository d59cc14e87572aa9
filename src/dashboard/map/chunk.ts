/** A part of a widget that is large and loaded only where it is shown. The server never loads it. */
import { useEffect, useState } from 'preact/hooks';

/** @returns undefined while it is on its way, and `failed` where it did not come */
export function useChunk<T extends object>(load: () => Promise<T>): T | 'failed' | undefined {
  const [chunk, setChunk] = useState<T | 'failed'>();
  useEffect(() => {
    load().then(setChunk, () => setChunk('failed'));
  }, []);
  return chunk;
}
