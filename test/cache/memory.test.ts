import { expect, test } from 'vitest';
import { DocumentMemory } from '../../src/cache/memory.ts';
import type { KeptDocument, TableState } from '../../src/cache/read-table.ts';

const EPOCH = '00000000-0000-4000-8000-000000000001';

/** What is read of a table in which `global` is at `version`. */
function table(version: number, change: Partial<KeptDocument> = {}, epoch = EPOCH): TableState {
  const document: KeptDocument = {
    key: 'global',
    type: 'global',
    entityId: null,
    displayName: 'All projects',
    version,
    valid: true,
    asOf: new Date(0),
    secondsLeft: 300,
    secondsChecked: 0,
    statistics: '{"totalProjects": 1}',
    ...change,
  };
  const position = { epoch, revision: version, renewals: 0 };
  return { position, schemaVersion: 1, timeZone: 'Asia/Bangkok', caughtUpMsAgo: 0, documents: [document] };
}

function globalOf(memory: DocumentMemory) {
  const entry = memory.snapshot?.entries.get('global');
  if (!entry) throw new Error('There is no document.');
  return { entry, text: (fields?: string[]) => memory.text(entry, 1, fields) };
}

test('a node that invalidated takes over the statistics that come at that very version', () => {
  const memory = new DocumentMemory(1_000_000);
  memory.apply(table(1), 0, 0);
  memory.invalidate(['global'], 2);
  expect(globalOf(memory).entry).toMatchObject({ version: 2, valid: false });
  memory.apply(table(2), 0, 1);
  expect(globalOf(memory).entry.valid).toBe(true);
  expect(globalOf(memory).text()).toContain('"totalProjects":1');
});

test('a sync that began before an invalidation is dropped', () => {
  const memory = new DocumentMemory(1_000_000);
  memory.apply(table(1), 0, 0);
  memory.invalidate(['global'], 3);
  expect(memory.apply(table(2), 0, 0)).toBeUndefined();
  expect(globalOf(memory).entry).toMatchObject({ version: 3, valid: false });
});

test('of two invalidations the later one stands, though its answer comes first', () => {
  const memory = new DocumentMemory(1_000_000);
  memory.apply(table(4), 0, 0);
  const { moves } = memory;
  memory.invalidate(['global'], 6);
  memory.invalidate(['region:northern'], 5);
  expect(memory.apply(table(5, { version: 4 }), 0, moves)).toBeUndefined();
  expect(globalOf(memory).entry).toMatchObject({ version: 6, valid: false });
});

test('a document with no field and one with every field are two texts', () => {
  const memory = new DocumentMemory(1_000_000);
  memory.apply(table(1), 0, 0);
  expect(globalOf(memory).text([])).toContain('"statistics":{}');
  expect(globalOf(memory).text()).toContain('"statistics":{"totalProjects":1}');
});

test('a database that was restored goes back in version, and its texts are its own', () => {
  const memory = new DocumentMemory(1_000_000);
  memory.apply(table(5), 0, memory.moves);
  globalOf(memory).text();
  memory.apply(table(5, { statistics: '{"totalProjects": 2}' }, EPOCH.replace('1', '2')), 0, memory.moves);
  expect(globalOf(memory).text()).toContain('"totalProjects":2');
});

test('a dump that was restored in the same epoch goes back too: the same version may be other bytes', () => {
  const memory = new DocumentMemory(1_000_000);
  memory.apply(table(5), 0, memory.moves);
  globalOf(memory).text();
  memory.apply(table(3, { statistics: null }), 0, memory.moves);
  expect(memory.snapshot).toMatchObject({ lineage: 1, position: { revision: 3 } });
  expect(globalOf(memory).text()).toBeUndefined();
  memory.apply(table(5, { statistics: '{"totalProjects": 2}' }), 0, memory.moves);
  expect(globalOf(memory).text()).toContain('"totalProjects":2');
});

test('of two syncs at once the one that brings less is dropped, and is not taken for a restore', () => {
  const memory = new DocumentMemory(1_000_000);
  memory.apply(table(1), 0, 0);
  const { moves } = memory;
  memory.apply(table(3), 0, moves);
  expect(memory.apply(table(2), 0, moves)).toBeUndefined();
  expect(memory.apply(table(2, {}, EPOCH.replace('1', '2')), 0, moves)).toBeUndefined();
  expect(memory.snapshot).toMatchObject({ lineage: 0, position: { revision: 3 } });
  expect(memory.apply(table(4), 0, moves)).toEqual(['global']);
});
