/** The read path against a table in memory: what readers get, and what it costs. read-step.test.ts has every decision. */
import { beforeEach, describe, expect, test } from 'vitest';
import { DocumentMemory } from '../../src/cache/memory.ts';
import type { KeptDocument } from '../../src/cache/read-table.ts';
import { Reader, type ReaderOptions, type ReadOptions } from '../../src/cache/reader.ts';
import { newSyncState } from '../../src/cache/sync-state.ts';
import { TimeZoneMismatchError } from '../../src/errors.ts';
import { tableState } from '../support/cache/table-state.ts';

const MINUTE = 60_000;
const away = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
const never = () => new Promise<never>(() => {});

let clock: number;
let reachable: boolean;
/** What the table holds; a refresh raises its version. */
let table: { version: number; change: Partial<KeptDocument> };
let warnings: string[];
let calls: { sync: number; refresh: number; load: number };
beforeEach(() => {
  clock = 1_000_000;
  reachable = true;
  table = { version: 1, change: {} };
  warnings = [];
  calls = { sync: 0, refresh: 0, load: 0 };
});

/** A node that has synced with a table whose document is as `change` says. */
async function node(change: Partial<KeptDocument> | 'empty', options: Partial<ReaderOptions> = {}) {
  const { memory = new DocumentMemory(2 ** 20), state = newSyncState() } = options;
  const sync = async () => {
    calls.sync++;
    if (!reachable) throw away;
    const found = tableState(table.version, table.change);
    memory.apply(table.version === 0 ? { ...found, documents: [] } : found, clock, memory.moves);
    state.syncedAt = state.caughtUpAt = state.confirmedAt = clock;
  };
  const refresh = async () => {
    calls.refresh++;
    if (!reachable) throw away;
    table = { version: table.version + 1, change: {} };
    await sync();
  };
  const load = async () => {
    calls.load++;
    if (!reachable) throw away;
    return [{ key: 'global', statistics: '{"totalProjects": 1}' }];
  };
  if (change !== 'empty') {
    table.change = change;
    await sync();
  }
  calls = { sync: 0, refresh: 0, load: 0 };
  const reader = new Reader({
    memory,
    state,
    log: { debug() {}, info() {}, warn: (_, message) => void warnings.push(message), error() {} },
    now: () => clock,
    sync,
    refresh,
    load,
    requireServable() {},
    behindAfterMs: 2_000,
    staleWhileRevalidateMs: 30_000,
    staleIfErrorMs: 60 * MINUTE,
    softTimeoutMs: 5,
    hardTimeoutMs: 50,
    ...options,
  });
  const read = async (wanted: ReadOptions = {}) => {
    const { items, source } = await reader.read(() => ['global'], wanted);
    return [source, items[0]?.entry.version];
  };
  return { reader, read, memory, state };
}

const FRESH = { secondsLeft: 300 };
const STALE = { secondsLeft: -10 };
const EXPIRED = { secondsLeft: -100 };
const TOO_OLD = { secondsLeft: -4_000 };
const INVALID = { valid: false };
const NONE = {};
const CURRENT = { current: true };
const UNAVAILABLE = { code: 'database-unavailable' };
const TIMEOUT = { code: 'refresh-timeout' };

const TABLE: [
  document: string,
  Partial<KeptDocument>,
  ReadOptions,
  there: unknown,
  away: unknown,
  refreshes: number,
][] = [
  // Without options                   the database is there        away                   refreshes
  ['a fresh document', FRESH, NONE, ['memory', 1], ['memory', 1], 0],
  ['a stale document', STALE, NONE, ['stale', 1], ['stale', 1], 1],
  ['an expired document', EXPIRED, NONE, ['refresh', 2], ['stale', 1], 1],
  ['a document that is too old', TOO_OLD, NONE, ['refresh', 2], TIMEOUT, 1],
  ['an invalidated document', INVALID, NONE, ['refresh', 2], UNAVAILABLE, 1],
  // Asking for every change so far
  ['a fresh document', FRESH, CURRENT, ['refresh', 2], UNAVAILABLE, 1],
  ['a stale document', STALE, CURRENT, ['refresh', 2], UNAVAILABLE, 1],
  ['an expired document', EXPIRED, CURRENT, ['refresh', 2], UNAVAILABLE, 1],
  ['a document that is too old', TOO_OLD, CURRENT, ['refresh', 2], UNAVAILABLE, 1],
  ['an invalidated document', INVALID, CURRENT, ['refresh', 2], UNAVAILABLE, 1],
  // A revision that memory holds already
  ['a fresh document', FRESH, { minRevision: 1 }, ['memory', 1], ['memory', 1], 0],
  ['a stale document', STALE, { minRevision: 1 }, ['stale', 1], ['stale', 1], 1],
  ['an expired document', EXPIRED, { minRevision: 1 }, ['refresh', 2], ['stale', 1], 1],
  ['an invalidated document', INVALID, { minRevision: 1 }, ['refresh', 2], UNAVAILABLE, 1],
];
const CASES = TABLE.flatMap(([name, document, options, there, gone, refreshes]) => [
  { name, document, options, refreshes, database: 'there', expected: there },
  { name, document, options, refreshes, database: 'away', expected: gone },
]);

test.each(CASES)(
  'a read of $name with $options gets $expected while the database is $database',
  async ({ document, options, refreshes, database, expected }) => {
    const { read } = await node(document);
    reachable = database === 'there';
    const got = read(options);
    if (Array.isArray(expected)) expect(await got).toEqual(expected);
    else await expect(got).rejects.toMatchObject(expected as object);
    expect(calls.refresh).toBe(refreshes);
  },
);

describe('a node that has read nothing yet', () => {
  test('fills its memory from the table', async () => {
    const { read } = await node('empty');
    expect(await read()).toEqual(['table', 1]);
    expect(calls).toMatchObject({ sync: 1, refresh: 0 });
  });

  test('refreshes where the table is empty', async () => {
    const { read } = await node('empty');
    table.version = 0;
    expect(await read()).toEqual(['table', 1]);
    expect(calls.refresh).toBe(1);
  });

  test('answers that the database is unavailable where it is away', async () => {
    const { read } = await node('empty');
    reachable = false;
    await expect(read()).rejects.toMatchObject(UNAVAILABLE);
  });
});

describe('memory is served as stale', () => {
  test('when no sync has confirmed it for more than a second', async () => {
    const { read, state } = await node(FRESH);
    state.syncedAt -= 1_000;
    expect(await read()).toEqual(['memory', 1]);
    state.syncedAt -= 1;
    expect(await read()).toEqual(['stale', 1]);
  });

  test('when it may lack a commit for longer than is promised', async () => {
    const { read, state } = await node(FRESH);
    state.caughtUpAt -= 2_001;
    expect(await read()).toEqual(['stale', 1]);
    expect(await read(CURRENT)).toEqual(['refresh', 2]);
  });
});

describe('minRevision', () => {
  test('makes a read wait for a sync that brings it', async () => {
    const { read } = await node(FRESH);
    table.version = 3;
    expect(await read({ minRevision: 3 })).toEqual(['memory', 3]);
    expect(calls).toMatchObject({ sync: 1, refresh: 0 });
  });

  test.each([true, false])('is refused after two seconds (the database is there: %s)', async (isThere) => {
    const { read } = await node(FRESH, {
      sync: async () => {
        clock += 700;
        if (!isThere) throw away;
      },
    });
    await expect(read({ minRevision: 3 })).rejects.toMatchObject({
      code: 'revision-not-reached',
      message: 'This node has applied revision 1, not 3.',
    });
  });
});

describe('a refresh that does not end', () => {
  test('keeps a reader of an expired document up to the soft timeout, and the next ones not for a second', async () => {
    const { read } = await node(EXPIRED, {
      refresh: () => {
        calls.refresh++;
        return never();
      },
      hardTimeoutMs: MINUTE,
    });
    expect(await read()).toEqual(['stale', 1]);
    expect(await read()).toEqual(['stale', 1]);
    expect(calls.refresh).toBe(1);
    clock += 1_000;
    expect(await read()).toEqual(['stale', 1]);
    expect(calls.refresh).toBe(2);
    expect(warnings).toEqual(['Expired statistics are served, as they could not be refreshed.']);
  });

  test('keeps a reader of an invalidated document up to the hard timeout', async () => {
    const { read } = await node(INVALID, { refresh: never });
    await expect(read()).rejects.toMatchObject(TIMEOUT);
  });
});

test('a document that is invalidated again and again keeps its reader up to the hard timeout', async () => {
  const { read } = await node(INVALID, {
    refresh: async () => {
      clock += 20;
    },
  });
  await expect(read()).rejects.toMatchObject(TIMEOUT);
});

test('that expired statistics are served is logged once, and again after a refresh succeeded', async () => {
  const { read } = await node(EXPIRED);
  for (const isThere of [false, false, true, false]) {
    reachable = isThere;
    if (isThere) {
      clock += 1_000;
      expect(await read()).toEqual(['refresh', 2]);
      // Past the expiry of what was refreshed.
      clock += 400_000;
    } else {
      expect((await read())[0]).toBe('stale');
    }
  }
  expect(warnings).toHaveLength(2);
});

describe('a text that was dropped for space', () => {
  const small = () => ({ memory: new DocumentMemory(1) });

  test('is read from the table', async () => {
    const { read } = await node(FRESH, small());
    expect(await read()).toEqual(['table', 1]);
    expect(calls).toEqual({ sync: 0, refresh: 0, load: 1 });
  });

  test('is read at its newer version where the table has changed meanwhile', async () => {
    let loads = 0;
    const { read } = await node(FRESH, {
      ...small(),
      load: async () => (loads++ === 0 ? [] : [{ key: 'global', statistics: '{}' }]),
    });
    table.version = 2;
    expect(await read()).toEqual(['table', 2]);
  });

  test('cannot be served where the database is away', async () => {
    const { read } = await node(FRESH, small());
    reachable = false;
    await expect(read()).rejects.toMatchObject(UNAVAILABLE);
  });
});

test('fields keep only those members of the statistics', async () => {
  const { reader } = await node({ statistics: '{"totalProjects": 1, "capacity": {}}' });
  const { items } = await reader.read(() => ['global'], { fields: ['capacity'] });
  expect(JSON.parse(items[0]?.text ?? '').statistics).toEqual({ capacity: {} });
});

test('a key that there is not is refused, with the nearest one', async () => {
  const { reader } = await node(FRESH);
  expect(() => reader.read(() => ['globl'])).toThrow(/global/);
});

test('what must not be served is not served', async () => {
  const { read } = await node(FRESH, {
    requireServable() {
      throw new TimeZoneMismatchError('Asia/Bangkok', 'Europe/Berlin');
    },
  });
  await expect(read()).rejects.toThrow(TimeZoneMismatchError);
});

test('a read catches up first where the platform asks for it, and one that asks for the present does not', async () => {
  let times = 0;
  const { read } = await node(FRESH, {
    beforeRead: async () => {
      times++;
      table.version = 2;
    },
  });
  await read(CURRENT);
  expect(times).toBe(0);
  await read();
  expect(times).toBe(1);
});
