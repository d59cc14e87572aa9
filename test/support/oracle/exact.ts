/** Guarantee G1 in one snapshot: every document is what the naive computation over the raw rows gives. */
import { expect } from 'vitest';
import type { Sql, Tx } from '../../../src/db/connection.ts';
import { transaction } from '../../../src/db/transaction.ts';
import { scan } from '../../../src/engine/scan.ts';
import { PROVINCE_NAMES } from '../../../src/geography/provinces.ts';
import { encodeDocument } from '../../../src/stats/encoder.ts';
import { naiveDocuments, readRaw } from './naive-statistics.ts';
import { readKept } from './version-log.ts';

export const TIME_ZONE = 'Asia/Bangkok';

/**
 * Compares what the snapshot of a (REPEATABLE READ) transaction shows, the transaction's own writes included.
 *
 * @returns false where the snapshot has marks: they tell of changes that no document shows yet
 */
export async function expectExact(tx: Tx): Promise<boolean> {
  const [{ marked, today }] = await tx<[{ marked: boolean; today: string }]>`
    SELECT EXISTS (SELECT FROM dashboard_stats.marks) AS marked, local_date::text AS today FROM dashboard_stats.state`;
  if (marked) return false;
  const kept = await readKept(tx);
  const naive = naiveDocuments(await readRaw(tx), {
    asOf: new Date(`${today}T12:00:00+07:00`),
    timeZone: TIME_ZONE,
    provinceNames: PROVINCE_NAMES,
  });
  expect(kept.map((row) => row.key).sort()).toEqual([...naive.keys()].sort());
  for (const row of kept) {
    const served = JSON.parse(encodeDocument({ ...row, displayName: '', schemaVersion: 1 }));
    expect(served).toMatchObject({ key: row.key, ...naive.get(row.key) });
    expect(served.statistics).toEqual(naive.get(row.key)?.statistics);
  }
  return true;
}

/** Every document is what a full scan gives; it changes nothing. */
export async function expectOracleAgrees(sql: Sql): Promise<void> {
  const oracle = await transaction(sql, { isolation: 'repeatable read' }, async (tx) => {
    await tx.unsafe(`SET LOCAL TimeZone = '${TIME_ZONE}'`);
    const [{ today }] = await tx<
      [{ today: string }]
    >`SELECT local_date::text AS today FROM dashboard_stats.state`;
    return scan(tx, today);
  });
  expect(oracle.filter((document) => document.changed)).toEqual([]);
}

/** A pool on which every transaction of src/db/transaction.ts calls `check` within itself, right before it commits. */
export function checkedAtCommit(sql: Sql, check: (tx: Tx) => Promise<unknown>): Sql {
  const checked = (connection: Tx) =>
    new Proxy(connection, {
      get(target, property) {
        if (property !== 'unsafe') return Reflect.get(target, property);
        return (...query: Parameters<Tx['unsafe']>) =>
          query[0] === 'COMMIT' ? check(target).then(() => target.unsafe(...query)) : target.unsafe(...query);
      },
    });
  return new Proxy(sql, {
    get: (target, property) =>
      property === 'reserve' ? async () => checked(await target.reserve()) : Reflect.get(target, property),
  });
}
