/**
 * G1, exact: whatever is done to the application's tables, every document is what an independent, naive computation
 * over the raw rows gives. G2, ordered: a version moves exactly when its document does.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Sql } from '../../src/db/connection.ts';
import { seedDemo } from '../../src/db/demo.ts';
import { refresh } from '../../src/engine/refresh.ts';
import { PROVINCE_NAMES } from '../../src/geography/provinces.ts';
import { encodeStatistics } from '../../src/stats/encoder.ts';
import { createDatabase } from '../support/database.ts';
import { applyEdit, type Edit, edits } from '../support/histories.ts';
import { naiveDocuments, readRaw } from '../support/naive-statistics.ts';

const TIME_ZONE = 'Asia/Bangkok';
/** PROPERTY_RUNS and PROPERTY_SEED replay or lengthen it. */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 25);
const SEED = Number(process.env['PROPERTY_SEED'] ?? 20_261_122);
/** Projects there are before the first edit: enough that each figure counts some. */
const POPULATION = 200;
/** Edits between two refreshes. */
const BATCH = 6;

interface Kept {
  key: string;
  type: string;
  entityId: string | null;
  statistics: string;
  version: number;
  asOf: Date;
  valid: boolean;
}

describe.each(['integer', 'text'] as const)('with Projects.Status as %s', (statusType) => {
  test('every document equals the naive computation after every refresh', {
    timeout: 60_000 + RUNS * 10_000,
  }, async () => {
    const options = {
      now: new Date(),
      statusType,
      minLength: 12,
      maxLength: 40,
      unicodeCase: await knowsUnicode(),
    };
    await fc.assert(
      fc.asyncProperty(edits(options), (history) => replay(history, statusType)),
      { numRuns: RUNS, seed: SEED, endOnFailure: process.env['CI'] === 'true' },
    );
  });
});

async function replay(history: Edit[], statusType: 'integer' | 'text'): Promise<void> {
  const { sql, drop } = await createDatabase();
  try {
    if (statusType === 'text') await sql`ALTER TABLE "Projects" ALTER COLUMN "Status" TYPE text`;
    await seedDemo(sql, { projects: POPULATION, seed: history.length });
    const context = { sql, timeZone: TIME_ZONE, ttlSeconds: 300, engine: 'incremental' as const };
    let before = new Map<string, Kept>();
    for (let i = 0; i <= history.length; i += BATCH) {
      for (const edit of history.slice(i, i + BATCH)) await applyEdit(sql, edit);
      // The oracle now and then: it leaves no cells, so that the next one rebuilds.
      const { revision } = await refresh(i % 24 === 18 ? { ...context, engine: 'scan' } : context);
      const after = await compare(sql);
      for (const [key, kept] of after) {
        const old = before.get(key);
        const same = old && encodeStatistics(old.statistics) === encodeStatistics(kept.statistics);
        if (same && old.entityId === kept.entityId) expect(kept.version).toBe(old.version);
        else expect(kept.version).toBe(revision);
        if (same && old.version === kept.version) expect(kept.asOf).toEqual(old.asOf);
      }
      before = after;
    }
    expect(await refresh(context)).toMatchObject({ outcome: 'idle' });
  } finally {
    await drop();
  }
}

/** The documents in the table, after they were compared with the naive ones in the same snapshot. */
async function compare(sql: Sql): Promise<Map<string, Kept>> {
  return sql.begin('isolation level repeatable read', async (tx) => {
    const kept = await tx<Kept[]>`
      SELECT "CacheKey" AS key, "CacheType" AS type, "EntityId" AS "entityId", "Statistics"::text AS statistics,
        "Version" AS version, "LastCalculated" AS "asOf", "IsValid" AS valid
      FROM "DashboardStatsCache"`;
    const [{ today }] = await tx<
      [{ today: string }]
    >`SELECT local_date::text AS today FROM dashboard_stats.state`;
    const naive = naiveDocuments(await readRaw(tx), {
      asOf: new Date(`${today}T12:00:00+07:00`),
      timeZone: TIME_ZONE,
      provinceNames: PROVINCE_NAMES,
    });
    expect(kept.map((row) => row.key).sort()).toEqual([...naive.keys()].sort());
    for (const row of kept) {
      const expected = naive.get(row.key);
      expect({ key: row.key, ...JSON.parse(encodeStatistics(row.statistics)) }).toEqual({
        key: row.key,
        ...expected?.statistics,
      });
      expect({ type: row.type, entityId: row.entityId, valid: row.valid }).toEqual({
        type: expected?.type,
        entityId: expected?.entityId,
        valid: true,
      });
    }
    return new Map(kept.map((row) => [row.key, row]));
  });
}

async function knowsUnicode(): Promise<boolean> {
  const { sql, drop } = await createDatabase();
  const [{ knows }] = await sql<[{ knows: boolean }]>`SELECT lower('É') = 'é' AS knows`;
  await drop();
  return knows;
}
