import type { Check } from '../check.ts';

/**
 * What a comparison with the expected schema found, and what the migration does about it where its steps are still to
 * be run: so that preflight, migrate and verify share one comparison.
 */
export interface Fault extends Check {
  table: string;
  /** mends: a step puts it right. leaves: it stays as it is. refuses: a step, or the service, would fail at it. */
  migrate: 'mends' | 'leaves' | 'refuses';
  /** In place of `sql` before the migration, which does the rest. */
  sqlBefore?: string;
}
