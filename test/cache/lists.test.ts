import { expect, test } from 'vitest';
import { ListMemory, type ListsUnderWay } from '../../src/cache/lists.ts';
import { UnderWay } from '../../src/timing/under-way.ts';

const QUERY = { list: 'overdue', key: 'global', limit: 20, after: undefined } as const;
const PAGE = { version: 3, asOf: new Date(0), total: 0, items: [], next: undefined };
const loadNothing = () => Promise.reject(new Error('Not to be asked.'));
/** What a read asks that wants the present. */
const PRESENT = { minRevision: Number.POSITIVE_INFINITY };

/** Reads of one list by one service. */
function service(lists = new ListMemory(10_000)) {
  const underWay: ListsUnderWay = new UnderWay();
  return (load: () => Promise<typeof PAGE>, asked: object = {}) => {
    const usual = { document: 'global@3', revision: 5, now: 0, minRevision: 0, away: false };
    const { document, revision, away, ...how } = { ...usual, ...asked };
    return lists.read(load, { document, revision }, QUERY, { ...how, away: () => away, underWay });
  };
}

/** A load that goes on until `end` says what it found as `total`. */
function slowLoad() {
  let end = (_: number) => {};
  const total = new Promise<number>((resolve) => (end = resolve));
  return { load: async () => ({ ...PAGE, total: await total }), end };
}

test.each<[string, object, boolean]>([
  ['at the same revision', { revision: 5 }, true],
  ['at a later revision where the database answers, since nothing would label it', {}, false],
  ['at a later revision while the database is away', { away: true }, true],
  ['at a later revision where the connection is lost', { code: 'ECONNRESET' }, true],
  ['while it is away, where a later revision is asked for', { away: true, minRevision: 6 }, false],
  ['while it is away, where the present is asked for', { away: true, ...PRESENT }, false],
  ['while it is away, beside another document', { away: true, document: 'global@6' }, false],
])('a list that cannot be read again: is an earlier one answered %s?', async (_, asked, answered) => {
  const read = service();
  const { code, ...how } = { revision: 6, now: 60_000, code: '57014', ...asked };
  await read(async () => PAGE);
  const failing = async () => {
    throw Object.assign(new Error('The statement failed.'), { code });
  };
  const again = (async () => read(failing, how))();
  if (answered) expect(await again).toMatchObject({ list: PAGE, loaded: false });
  else await expect(again).rejects.toThrow('failed');
});

test.each([
  ['asks for the present', PRESENT],
  ['is at a later revision', { revision: 6 }],
  ['has another document', { document: 'global@5' }],
])('a reader who %s does not wait for a load that began before', async (_, asked) => {
  const read = service();
  void read(slowLoad().load);
  expect(await read(async () => ({ ...PAGE, total: 2 }), asked)).toMatchObject({ list: { total: 2 } });
});

test('services with the same memory, as on Workers, do not wait for each other', async () => {
  const lists = new ListMemory(10_000);
  void service(lists)(slowLoad().load);
  expect(await service(lists)(async () => PAGE)).toMatchObject({ loaded: true });
});

test('while a list is read again at the same revision, others get the one that is known, for as long as one is fresh', async () => {
  const lists = new ListMemory(10_000);
  await service(lists)(async () => PAGE);
  const loads: number[] = [];
  for (const now of [4_999, 5_000, 5_001, 9_999, 10_000, 10_001]) {
    const load = () => {
      loads.push(now);
      return new Promise<never>(() => undefined);
    };
    // Each of a service of its own, with no other load to wait for.
    void service(lists)(load, { now });
  }
  expect(service(lists)(loadNothing, { now: 10_002 })).toMatchObject({ list: PAGE, loaded: false });
  expect(loads).toEqual([5_000, 10_000]);
});

test('a list that took long to read does not replace what was read later', async () => {
  const read = service();
  const { load, end } = slowLoad();
  const slow = read(load, PRESENT);
  await read(async () => ({ ...PAGE, total: 2 }), { ...PRESENT, now: 1_000 });
  end(1);
  expect(await slow).toMatchObject({ list: { total: 1 } });
  expect(read(loadNothing, { now: 1_001 })).toMatchObject({ list: { total: 2 }, loaded: false });
});
