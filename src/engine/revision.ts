import { RevisionsExhaustedError } from '../errors.ts';

/** "DashboardStatsCache"."Version" is the guide's integer. */
const MAX_REVISION = 2 ** 31 - 1;
/** From here on /readyz warns: half of the revisions are used. */
export const REVISION_WARNING = 2 ** 30;

/** The revision after `current`; only for the transaction that holds the state row. */
export function issueRevision(current: number): number {
  if (current >= MAX_REVISION) throw new RevisionsExhaustedError();
  return current + 1;
}
