import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { Besides } from '../../../src/dashboard/data/besides.ts';
import { type ListPart, type Loaded, listKey, NOTHING } from '../../../src/dashboard/view.ts';
import type { Needs } from '../../../src/dashboard/widget.ts';

const PART: ListPart = { name: 'overdue', scope: 'global', limit: 5 };
const NEEDS: Needs[] = [{ keys: ['global'], fields: ['totalProjects'], list: PART }];
const meta = {
  ...{ scopes: [{ key: 'global' }], authorities: [], metrics: [], lists: ['overdue'] },
} as unknown as Loaded['meta'];
const of = (version: number) => ({ version, statistics: {} }) as never;

let asked: string[];
beforeEach(() => {
  asked = [];
  vi.useFakeTimers();
  vi.stubGlobal('fetch', async (address: URL) => {
    asked.push(address.pathname);
    return Response.json({ version: 2, items: [] });
  });
  onTestFinished(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
});

/** @param random where in the time that old ones are asked for within */
function besides(loaded: Loaded, random: number): Besides {
  return new Besides('http://service/', {
    loaded: () => loaded,
    onLoaded: (news) => Object.assign(loaded, news),
    random: () => random,
  });
}

test('a list that is not there yet is asked for at once', () => {
  besides({ ...NOTHING, meta, documents: { global: of(2) } }, 0.9).check(NEEDS);
  expect(asked).toEqual(['/stats/lists/overdue']);
});

test('a list that has become old is asked for once, at a moment that each page chooses by itself', async () => {
  for (const random of [0.25, 0.9]) {
    asked = [];
    const loaded = { ...NOTHING, meta, documents: { global: of(2) }, lists: { [listKey(PART)]: of(1) } };
    const part = besides(loaded, random);
    part.check(NEEDS);
    // Every document that comes meanwhile is a reason to look again.
    await vi.advanceTimersByTimeAsync(2_000 * random - 1);
    part.check();
    expect(asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(asked).toEqual(['/stats/lists/overdue']);
  }
});

test('what was refused a moment ago does not delay what is due sooner', async () => {
  const loaded: Loaded = { ...NOTHING, meta, documents: { global: of(2) } };
  const part = besides(loaded, 0.5);
  vi.stubGlobal('fetch', async () => Response.json({}, { status: 404 }));
  part.check([{ ...(NEEDS[0] as Needs), list: { ...PART, limit: 6 } }]);
  await vi.advanceTimersByTimeAsync(1);
  vi.stubGlobal('fetch', async ({ pathname }: URL) => {
    asked.push(pathname);
    return Response.json({ version: 2, items: [] });
  });
  Object.assign(loaded, { lists: { [listKey(PART)]: of(1) } });
  part.check([...NEEDS, { ...(NEEDS[0] as Needs), list: { ...PART, limit: 6 } }]);
  await vi.advanceTimersByTimeAsync(1_500);
  expect(asked).toEqual(['/stats/lists/overdue']);
});
