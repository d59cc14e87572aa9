/** Guarantee G2 watched from outside: of each key every version that was seen, and what it said. */
import { expect } from 'vitest';
import type { Db } from '../../../src/db/connection.ts';
import type { DocumentParts } from '../../../src/stats/encoder.ts';

/** A document as the table has it. */
export interface Kept {
  key: string;
  type: DocumentParts['type'];
  entityId: string | null;
  /** jsonb as text. */
  statistics: string;
  version: number;
  asOf: Date;
  valid: boolean;
}

export function readKept(sql: Db): Promise<Kept[]> {
  return sql<Kept[]>`
    SELECT "CacheKey" AS key, "CacheType" AS type, "EntityId" AS "entityId", "Statistics"::text AS statistics,
      "Version" AS version, "LastCalculated" AS "asOf", "IsValid" AS valid
    FROM "DashboardStatsCache" WHERE "CacheType" IN ('global', 'regional', 'facility')`;
}

export class VersionLog {
  /** What each key says now. */
  #now = new Map<string, { version: number; what: string }>();
  readonly #highest = new Map<string, number>();
  readonly #bodies = new Map<string, string>();

  /** Versions seen, over all keys. */
  get size(): number {
    return this.#bodies.size;
  }

  /**
   * Takes in all that one snapshot of the table holds; fails where a version went back, or where two bodies have the
   * same key and version.
   *
   * @param revision of the only refresh since the last call: a document that says what it said must have the version it
   * had, any other one this; undefined: there may have been several, or an invalidation
   */
  see(documents: readonly Kept[], revision?: number): void {
    const before = this.#now;
    this.#now = new Map();
    for (const { key, entityId, statistics, version, asOf } of documents) {
      const what = `${entityId} ${statistics}`;
      const old = before.get(key);
      if (revision !== undefined)
        expect({ key, version }).toEqual({ key, version: old?.what === what ? old.version : revision });
      expect(version, key).toBeGreaterThanOrEqual(this.#highest.get(key) ?? 0);
      this.#highest.set(key, version);
      this.#now.set(key, { version, what });
      this.#seeBody(`${key} at version ${version}`, `${what} ${asOf.toISOString()}`);
    }
  }

  #seeBody(named: string, body: string): void {
    expect(`${named}: ${this.#bodies.get(named) ?? body}`).toBe(`${named}: ${body}`);
    this.#bodies.set(named, body);
  }
}
