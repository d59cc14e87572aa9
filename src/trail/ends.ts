/** What came of an action that succeeded, the same for HTTP and for commands. */
import type { ActionEnd } from './admin-actions.ts';

export function invalidated({ revision, keys }: { revision: number; keys: readonly string[] }): ActionEnd {
  return { outcome: 'succeeded', detail: `Documents that were invalidated: ${keys.length}.`, revision };
}

export function recomputed({
  revision,
  items,
}: {
  revision: number;
  items: readonly { changed: boolean }[];
}): ActionEnd {
  const changed = items.filter((item) => item.changed).length;
  return { outcome: 'succeeded', detail: `Documents that changed: ${changed} of ${items.length}.`, revision };
}
