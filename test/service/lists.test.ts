/** A list beside its document, where the two do not fit. */
import { expect, test, vi } from 'vitest';
import { DocumentMemory } from '../../src/cache/memory.ts';
import type { Reading } from '../../src/cache/reader.ts';
import type { ListPage } from '../../src/engine/lists.ts';
import { ListReader } from '../../src/service/lists.ts';

const QUERY = { list: 'overdue', key: 'global', limit: 20, after: undefined } as const;
const PAGE = { version: 3, asOf: new Date(0), total: 0, items: [], next: undefined };

/** Of a database that gives `loads`, one after another. Each document is read at a later revision than the one before. */
function readerOf(...loads: (() => Promise<ListPage | undefined>)[]) {
  const refresh = vi.fn(async () => {});
  let revision = 5;
  const lists = new ListReader({
    memory: new DocumentMemory(100_000),
    now: () => 0,
    isAway: () => false,
    read: () =>
      ({
        snapshot: { position: { revision: revision++ } },
        items: [{ entry: { id: 'global@3' } }],
        source: 'memory',
      }) as unknown as Reading,
    load: () => (loads.shift() as () => Promise<ListPage | undefined>)(),
    refresh,
  });
  return { read: async () => lists.read(QUERY, {}), refresh };
}

test('an older list is labelled that a database gave which is silent now, though no sync has noticed that yet', async () => {
  const lost = () => Promise.reject(Object.assign(new Error('lost'), { code: 'ECONNRESET' }));
  const { read } = readerOf(async () => PAGE, lost);
  expect((await read()).reading.source).toBe('table');
  expect(await read()).toMatchObject({
    page: PAGE,
    reading: { source: 'stale', staleReason: 'database-away' },
  });
});

test('a list whose document is invalidated each time is given up after the third', async () => {
  const invalidated = async () => undefined;
  const { read, refresh } = readerOf(invalidated, invalidated, invalidated);
  await expect(read()).rejects.toThrow('changes again and again');
  expect(refresh).toHaveBeenCalledTimes(2);
});
