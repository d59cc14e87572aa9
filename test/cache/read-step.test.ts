import { expect, test } from 'vitest';
import { nextStep, type ReadStep } from '../../src/cache/read-step.ts';

const BOUNDS = { staleWhileRevalidateMs: 30_000, staleIfErrorMs: 100_000 };
/** ms since the first document expired. */
const [FRESH, STALE, EXPIRED, TOO_OLD] = [-1, 30_000, 30_001, 100_001];

/** In the columns: memory is confirmed or not, and the next try is due or not. */
const TABLE: [document: string, overdueMs: number, ...steps: [ReadStep, ReadStep, ReadStep, ReadStep]][] = [
  // confirmed, due          confirmed, resting  unconfirmed, due        unconfirmed, resting
  ['is fresh', FRESH, 'serve', 'serve', 'serveStale', 'serveStale'],
  ['has just expired', 0, 'serveStaleAndRefresh', 'serveStale', 'serveStaleAndRefresh', 'serveStale'],
  ['is stale', STALE, 'serveStaleAndRefresh', 'serveStale', 'serveStaleAndRefresh', 'serveStale'],
  ['has expired', EXPIRED, 'tryRefresh', 'serveStale', 'tryRefresh', 'serveStale'],
  ['is too old', TOO_OLD, 'tryRefresh', 'refuse', 'tryRefresh', 'refuse'],
];
const CASES = TABLE.flatMap(([document, overdueMs, ...steps]) =>
  steps.map((step, i) => ({ document, overdueMs, confirmed: i < 2, resting: i % 2 === 1, step })),
);

test.each(CASES)(
  'a read whose document $document takes the step $step (confirmed: $confirmed, resting: $resting)',
  ({ overdueMs, confirmed, resting, step }) => {
    expect(nextStep({ valid: true, overdueMs, refreshed: false, resting, confirmed }, BOUNDS)).toBe(step);
  },
);

test.each(CASES)(
  'a read that has waited for a refresh serves a document that $document (confirmed: $confirmed, resting: $resting)',
  ({ overdueMs, confirmed, resting }) => {
    expect(nextStep({ valid: true, overdueMs, refreshed: true, resting, confirmed }, BOUNDS)).toBe('serve');
  },
);

test.each([true, false])('an invalidated document is never served (refreshed: %s)', (refreshed) => {
  for (const { overdueMs, confirmed, resting } of CASES)
    expect(nextStep({ valid: false, overdueMs, refreshed, resting, confirmed }, BOUNDS)).toBe(
      'requireRefresh',
    );
});
