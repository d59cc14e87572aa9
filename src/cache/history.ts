import { LRUCache } from 'lru-cache';
import type { Db } from '../db/connection.ts';
import type { KeptDay } from '../stats/history.ts';
import type { UnderWay } from '../timing/under-way.ts';
import type { Snapshot } from './snapshot.ts';

/** Rough cost of a day beyond its figures, in bytes. */
const OVERHEAD_BYTES = 100;

/** Histories being loaded by one service. */
export type HistoriesUnderWay = UnderWay<readonly KeptDay[]>;

/** What was kept of each scope, loaded once for each local day: until midnight nothing is added to it. */
export class HistoryMemory {
  readonly #kept: LRUCache<string, readonly KeptDay[]>;
  #loads = 0;

  constructor(maxBytes: number) {
    this.#kept = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: (days, id) =>
        days.reduce((bytes, { figures }) => bytes + figures.length * 2 + OVERHEAD_BYTES, id.length * 2),
    });
  }

  /** So far. */
  get loads(): number {
    return this.#loads;
  }

  /** The days before that of the snapshot; undefined where they have to be loaded. */
  kept(snapshot: Snapshot, key: string): readonly KeptDay[] | undefined {
    const days = this.#kept.get(idOf(snapshot, key));
    // None are loaded again: right after the first start the estimates are still to come.
    return days?.length ? days : undefined;
  }

  /**
   * @param underWay those that this reader may wait for
   * @throws what `load` threw where nothing was loaded on this day before
   */
  load(
    load: () => Promise<readonly KeptDay[]>,
    snapshot: Snapshot,
    key: string,
    underWay: HistoriesUnderWay,
  ): Promise<readonly KeptDay[]> {
    const id = idOf(snapshot, key);
    return underWay.join(id, async () => {
      try {
        const days = await load();
        this.#kept.set(id, days);
        this.#loads++;
        return days;
      } catch (error) {
        const days = this.#kept.get(id);
        if (!days) throw error;
        return days;
      }
    });
  }
}

const idOf = ({ lineage, localDate }: Snapshot, key: string) => `${lineage}/${localDate}/${key}`;

export async function loadHistory(sql: Db, key: string): Promise<KeptDay[]> {
  const rows = await sql<(Omit<KeptDay, 'paths'> & { pathsId: number })[]>`
    SELECT to_char(day, 'YYYY-MM-DD') AS day, estimated, paths_id AS "pathsId", figures::text AS figures
    FROM dashboard_stats.history WHERE cache_key = ${key} ORDER BY day`;
  const named = await sql<{ pathsId: number; paths: string[] }[]>`
    SELECT paths_id AS "pathsId", paths FROM dashboard_stats.history_paths`;
  const paths = new Map(named.map((row) => [row.pathsId, row.paths]));
  return rows.map(({ pathsId, ...row }) => ({ ...row, paths: paths.get(pathsId) ?? [] }));
}
