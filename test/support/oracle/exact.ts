/** Guarantee G1 in one snapshot: every document is what the naive computation over the raw rows gives. */
import { expect } from 'vitest';
import type { Sql, Tx } from '../../../src/db/connection.ts';
import { transaction } from '../../../src/db/transaction.ts';
import { type ListCursor, readListIn } from '../../../src/engine/lists.ts';
import { scan } from '../../../src/engine/scan.ts';
import { PROVINCE_NAMES } from '../../../src/geography/provinces.ts';
import { encodeDocument } from '../../../src/stats/encoder.ts';
import { LISTS, type ListName } from '../../../src/stats/lists.ts';
import { naiveDocuments, readRaw } from './naive-statistics.ts';
import { readKept } from './version-log.ts';

export const TIME_ZONE = 'Asia/Bangkok';

/**
 * Compares what the snapshot of a (REPEATABLE READ) transaction of the engine shows, the transaction's own writes included.
 *
 * @returns false where the snapshot has marks: they tell of changes that no document shows yet
 */
export async function expectExact(tx: Tx, timeZone = TIME_ZONE): Promise<boolean> {
  const [{ marked, today }] = await tx<[{ marked: boolean; today: string }]>`
    SELECT EXISTS (SELECT FROM dashboard_stats.marks) AS marked, local_date::text AS today FROM dashboard_stats.state`;
  if (marked) return false;
  const kept = await readKept(tx);
  const naive = naiveDocuments(await readRaw(tx), {
    // On that day wherever clocks differ from UTC by less than half a day.
    asOf: new Date(`${today}T12:00:00Z`),
    timeZone,
    provinceNames: PROVINCE_NAMES,
  });
  expect(kept.map((row) => row.key).sort()).toEqual([...naive.keys()].sort());
  // One scope each time, and another one at the next revision: all of them would take three times as long. One that somebody
  // invalidated has no lists until it is refreshed.
  const valid = kept.filter((row) => row.valid);
  const checked = valid[valid.reduce((sum, { version }) => sum + version, 0) % valid.length];
  for (const row of kept) {
    const served = JSON.parse(encodeDocument({ ...row, displayName: '', schemaVersion: 1 }));
    const { lists, ...document } = naive.get(row.key) as NonNullable<ReturnType<typeof naive.get>>;
    expect(served).toMatchObject(document);
    expect(served.statistics).toEqual(document.statistics);
    if (row === checked) await expectLists(tx, row.key, lists);
  }
  return true;
}

/** Each list has the projects of a plain sort, page by page, and as many as the figure of the document says. */
async function expectLists(tx: Tx, key: string, lists: Record<ListName, string[]>): Promise<void> {
  for (const list of Object.keys(LISTS) as ListName[]) {
    const ids: string[] = [];
    for (let after: ListCursor | undefined; ; ) {
      const page = await readListIn(tx, { list, key, limit: 40, after }, true);
      expect({ key, list, total: page?.total }).toEqual({ key, list, total: lists[list].length });
      ids.push(...(page?.items ?? []).map((item) => JSON.parse(item).projectId));
      after = page?.next;
      if (!after) break;
    }
    expect({ key, list, ids }).toEqual({ key, list, ids: lists[list] });
  }
}

/** Every document is what a full scan gives; it changes nothing. */
export async function expectOracleAgrees(sql: Sql, timeZone = TIME_ZONE): Promise<void> {
  const oracle = await transaction(sql, { isolation: 'repeatable read' }, async (tx) => {
    await tx.unsafe(`SET LOCAL TimeZone = '${timeZone}'`);
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
