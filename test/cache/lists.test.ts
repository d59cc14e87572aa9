import { expect, test } from 'vitest';
import { ListMemory } from '../../src/cache/lists.ts';

const QUERY = { list: 'overdue', key: 'global', limit: 20, after: undefined } as const;
const PAGE = { version: 3, asOf: new Date(0), total: 0, items: [], next: undefined };

test.each<[string, object, boolean]>([
  ['at the same revision', { revision: 5 }, true],
  ['at a later revision where the database answers, since nothing would label it', {}, false],
  ['at a later revision while the database is away', { away: true }, true],
  ['at a later revision where the connection is lost', { code: 'ECONNRESET' }, true],
  ['while it is away, where a later revision is asked for', { away: true, minRevision: 6 }, false],
  ['while it is away, where the present is asked for', { away: true, current: true }, false],
  ['while it is away, beside another document', { away: true, document: 'global@6' }, false],
])('a list that cannot be read again: is an earlier one answered %s?', async (_, asked, answered) => {
  const lists = new ListMemory(10_000);
  const { document, revision, away, code, ...how } = {
    ...{ document: 'global@3', revision: 6, away: false, current: false, now: 60_000, code: '57014' },
    ...asked,
  };
  const usual = { now: 0, current: false, away: () => false };
  await lists.read(async () => PAGE, { document: 'global@3', revision: 5 }, QUERY, usual);
  const failing = () => Promise.reject(Object.assign(new Error('The statement failed.'), { code }));
  const again = lists.read(failing, { document, revision }, QUERY, { ...how, away: () => away });
  if (answered) expect(await again).toMatchObject({ list: PAGE, loaded: false });
  else await expect(again).rejects.toThrow('failed');
});

test('while a list is read again at the same revision, others get the one that is known, for as long as one is fresh', async () => {
  const lists = new ListMemory(10_000);
  const read = (now: number, load: () => Promise<typeof PAGE>) =>
    lists.read(load, { document: 'global@3', revision: 5 }, QUERY, {
      ...{ now, current: false, away: () => false },
    });
  const loads: number[] = [];
  const loadAt = (now: number) => () => {
    loads.push(now);
    return new Promise<never>(() => undefined);
  };
  await read(0, async () => PAGE);
  for (const now of [4_999, 5_000, 5_001, 9_999, 10_000, 10_001]) void read(now, loadAt(now));
  expect(await read(10_002, loadAt(10_002))).toMatchObject({ list: PAGE, loaded: false });
  expect(loads).toEqual([5_000, 10_000]);
});

test('a list that took long to read does not replace what was read later', async () => {
  const lists = new ListMemory(10_000);
  const read = (now: number, total: Promise<number>) =>
    lists.read(async () => ({ ...PAGE, total: await total }), { document: 'global@3', revision: 5 }, QUERY, {
      ...{ now, current: true, away: () => false },
    });
  let end = (_: number) => {};
  const slow = read(0, new Promise((resolve) => (end = resolve)));
  await read(1_000, Promise.resolve(2));
  end(1);
  expect(await slow).toMatchObject({ list: { total: 1 } });
  const known = lists.read(
    () => Promise.reject(new Error('Not to be asked.')),
    { document: 'global@3', revision: 5 },
    QUERY,
    {
      ...{ now: 1_001, current: false, away: () => false },
    },
  );
  expect(await known).toMatchObject({ list: { total: 2 }, loaded: false });
});
