/** G4: an invalidation is a barrier, also for nodes that have not learned of it. */
import { expect, test } from 'vitest';
import { QUIET } from '../support/service/observing.ts';
import { runForTest } from '../support/service/running-service.ts';

test('a node does not serve from the table what another node has invalidated', async () => {
  const settings = { ...QUIET, ENGINE: 'scan' };
  // Too many documents for its memory, so that texts are read from the table.
  const small = await runForTest(
    { ...settings, CACHE_MAX_BYTES: '65536' },
    (sql) =>
      sql`INSERT INTO "ProjectRegions" ("RegionName", "RegionDisplayName") SELECT 'r' || i, 'R' FROM generate_series(1, 200) i`,
  );
  await small.get('/stats');
  const two = await runForTest(settings, undefined, { beside: small });
  // A change that no mark tells of: only what is computed after the invalidation counts it.
  await small.sql`
    INSERT INTO "Projects" ("ProjectId", "ProjectName", "Address", "ClientInfo", "Status", "StartDate", "Region")
    SELECT gen_random_uuid(), 'p', 'a', 'c', 0, now(), 'r' || i FROM generate_series(1, 200) i`;
  await small.sql`DELETE FROM dashboard_stats.marks`;
  const { revision } = await (await two.post('/stats/invalidate', { all: true })).json();
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, i) => small.get(`/stats/regions/r${i + 1}`)),
  );
  const versions: number[] = [];
  for (const answer of answers) {
    const { version, statistics } = await answer.json();
    versions.push(version);
    // Of before, while it has not learned of it; or computed since.
    expect({ version, total: statistics.totalProjects }).toEqual({
      version,
      total: version < revision ? 0 : 1,
    });
  }
  expect(Math.max(...versions)).toBeGreaterThanOrEqual(revision);
});
