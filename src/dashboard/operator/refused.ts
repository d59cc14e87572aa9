import type { RefusedError } from './service.ts';
import type { Words } from './words/words.ts';

/** Why the service did not do it, in the words of the page; what it said itself comes after. */
export function reasonOf({ status, message }: RefusedError, { refused }: Words): string {
  if (status === 0) return refused.unreachable;
  const known = refused[status as 401];
  return typeof known === 'string' ? known : `${refused.other(status)} ${message}`.trim();
}
