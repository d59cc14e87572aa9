/** What one migration changed in this very database: written down when it is run, so that it can be undone exactly. */
import type { Tx } from '../db/connection.ts';
import { type CatalogObject, readCatalog } from './catalog.ts';
import { readInsertedSeedRows, type SeedRow } from './seed-rows.ts';

export interface Changes {
  added: CatalogObject[];
  /** Gone, or replaced by what `added` has under the same name. */
  removed: CatalogObject[];
  rows: SeedRow[];
}

/** Does `work` and tells what it changed. Call it in the transaction that does it, under the migration lock. */
export async function recordChanges(tx: Tx, work: () => Promise<unknown>): Promise<Changes> {
  const before = await readCatalog(tx);
  await work();
  const after = await readCatalog(tx);
  return {
    added: without(after, before),
    removed: without(before, after),
    rows: await readInsertedSeedRows(tx),
  };
}

function without(objects: readonly CatalogObject[], others: readonly CatalogObject[]): CatalogObject[] {
  const same = new Set(others.map((other) => `${identity(other)} ${other.definition}`));
  return objects.filter((object) => !same.has(`${identity(object)} ${object.definition}`));
}

/** Of two objects with the same identity one has replaced the other. */
export function identity({ kind, schema, table, name }: CatalogObject): string {
  return JSON.stringify([kind, schema, table, name]);
}
