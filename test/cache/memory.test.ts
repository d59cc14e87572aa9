import { beforeEach, expect, test } from 'vitest';
import { DocumentMemory } from '../../src/cache/memory.ts';
import { UnderWay } from '../../src/timing/under-way.ts';
import { EPOCH, tableState } from '../support/cache/table-state.ts';

let memory: DocumentMemory;
beforeEach(() => {
  memory = new DocumentMemory(1_000_000);
});

function globalOf() {
  const entry = memory.snapshot?.entries.get('global');
  if (!entry) throw new Error('There is no document.');
  return { entry, text: (fields?: string[]) => memory.text(entry, 1, fields) };
}

test('a node that invalidated takes over the statistics that come at that very version', () => {
  memory.apply(tableState(1), 0, 0);
  memory.invalidate(['global'], 2);
  expect(globalOf().entry).toMatchObject({ version: 2, valid: false });
  memory.apply(tableState(2), 0, 1);
  expect(globalOf().entry.valid).toBe(true);
  expect(globalOf().text()).toContain('"totalProjects":1');
});

test('a sync that began before an invalidation is dropped', () => {
  memory.apply(tableState(1), 0, 0);
  memory.invalidate(['global'], 3);
  expect(memory.apply(tableState(2), 0, 0)).toBe(false);
  expect(globalOf().entry).toMatchObject({ version: 3, valid: false });
});

test('of two invalidations the later one stands, though its answer comes first', () => {
  memory.apply(tableState(4), 0, 0);
  const { moves } = memory;
  memory.invalidate(['global'], 6);
  memory.invalidate(['region:northern'], 5);
  expect(memory.apply(tableState(5, { version: 4 }), 0, moves)).toBe(false);
  expect(globalOf().entry).toMatchObject({ version: 6, valid: false });
});

test('a sync that brings documents, an invalidation, and a history or list that is loaded are changes, a sync that finds all as it was is none', async () => {
  memory.apply(tableState(1), 0, 0);
  expect(memory.changes).toBe(1);
  const { documents: _, ...same } = tableState(1);
  memory.apply({ ...same, documents: undefined } as never, 0, 1);
  expect(memory.changes).toBe(1);
  memory.invalidate(['global'], 2);
  expect(memory.changes).toBe(2);
  const { snapshot } = memory;
  if (snapshot) await memory.history.load(async () => [], snapshot, 'global', new UnderWay());
  expect(memory.changes).toBe(3);
  await memory.lists.read(
    async () => ({ version: 1, asOf: new Date(0), total: 0, items: [], next: undefined }),
    { document: 'a', revision: 1 },
    { list: 'overdue', key: 'global', limit: 1, after: undefined },
    { now: 0, minRevision: 0, away: () => false, underWay: new UnderWay() },
  );
  expect(memory.changes).toBe(4);
});

test('a document with no field and one with every field are two texts', () => {
  memory.apply(tableState(1), 0, 0);
  expect(globalOf().text([])).toContain('"statistics":{}');
  expect(globalOf().text()).toContain('"statistics":{"totalProjects":1}');
});

test('of a document and of each selection of its fields the newest version alone takes space', () => {
  const bytes: number[] = [];
  for (let revision = 1; revision <= 3; revision++) {
    memory.apply(tableState(revision), 0, memory.moves);
    globalOf().text();
    globalOf().text(['totalProjects']);
    bytes.push(memory.bytes);
  }
  expect(bytes[2]).toBe(bytes[0]);
});

test('a version that has been replaced is not answered with the statistics of the newer one', () => {
  memory.apply(tableState(1), 0, 0);
  const older = globalOf();
  memory.apply(tableState(2, { statistics: '{"totalProjects": 2}' }), 0, memory.moves);
  expect(older.text()).toBeUndefined();
  expect(globalOf().text()).toContain('"totalProjects":2');
});

test('a database that was restored goes back in version, and its texts are its own', () => {
  memory.apply(tableState(5), 0, memory.moves);
  globalOf().text();
  memory.apply(
    tableState(5, { statistics: '{"totalProjects": 2}' }, EPOCH.replace('1', '2')),
    0,
    memory.moves,
  );
  expect(globalOf().text()).toContain('"totalProjects":2');
});

test('a dump that was restored in the same epoch goes back too: the same version may be other bytes', () => {
  memory.apply(tableState(5), 0, memory.moves);
  globalOf().text();
  memory.apply(tableState(3, { statistics: null }), 0, memory.moves);
  expect(memory.snapshot).toMatchObject({ lineage: 1, position: { revision: 3 } });
  expect(globalOf().text()).toBeUndefined();
  memory.apply(tableState(5, { statistics: '{"totalProjects": 2}' }), 0, memory.moves);
  expect(globalOf().text()).toContain('"totalProjects":2');
});

test('of two syncs at once the one that brings less is dropped, and is not taken for a restore', () => {
  memory.apply(tableState(1), 0, 0);
  const { moves } = memory;
  memory.apply(tableState(3), 0, moves);
  expect(memory.apply(tableState(2), 0, moves)).toBe(false);
  expect(memory.apply(tableState(2, {}, EPOCH.replace('1', '2')), 0, moves)).toBe(false);
  expect(memory.snapshot).toMatchObject({ lineage: 0, position: { revision: 3 } });
  expect(memory.apply(tableState(4), 0, moves)).toBe(true);
});
