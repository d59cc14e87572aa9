/** G4: an invalidation is a barrier, also for nodes that have not learned of it. */
import { expect, test } from 'vitest';
import { QUIET } from '../support/service/observing.ts';
import { runForTest } from '../support/service/running-service.ts';

test('a node does not serve from the table what another node has invalidated', async () => {
  const settings = { ...QUIET, CACHE_MAX_BYTES: '65536' };
  // Too many documents for its memory, so that texts are read from the table.
  const small = await runForTest(
    settings,
    (sql) =>
      sql`INSERT INTO "ProjectRegions" ("RegionName", "RegionDisplayName") SELECT 'r' || i, 'R' FROM generate_series(1, 200) i`,
  );
  await small.get('/stats');
  const two = await runForTest(QUIET, undefined, { beside: small });
  small.refreshes.length = 0;
  const { revision } = await (await two.post('/stats/invalidate', { all: true })).json();
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, i) => small.get(`/stats/regions/r${i + 1}`)),
  );
  for (const answer of answers) {
    const { version } = await answer.json();
    // Of before, while it has not learned of it; or computed since.
    if (version >= revision) expect(small.refreshes).toContain('done');
  }
  expect(small.refreshes).toContain('done');
});
