/** The checker on histories made by hand: each promise broken once, and a history in which none is. */
import { expect, test } from 'vitest';
import { check } from './checker.ts';
import type { History, Increment, Order, Read, Served, Stored } from './history.ts';

const document = (version: number, counter = 0, more: Partial<Served> = {}): Served => ({
  ...{ key: 'global', version, body: `body ${version}`, statistics: `statistics ${version}` },
  ...{ share: [1, 0], counter },
  ...more,
});
const read = (start: number, served: Served, more: Partial<Read> = {}): Read => ({
  ...{
    node: 'a',
    start,
    end: start + 10,
    asked: 'plain',
    status: 200,
    retryAfter: true,
    stale: false,
    bundle: false,
  },
  ...{ revision: served.version, documents: [served] },
  ...more,
});
const stored = (...versions: number[]): Stored[] =>
  versions.map((version) => ({ key: 'global', version, statistics: `statistics ${version}` }));
const invalidation = (start: number, revision: number, more: Partial<Order> = {}): Order => ({
  ...{
    node: 'a',
    start,
    end: start + 10,
    do: 'invalidate',
    status: 200,
    retryAfter: true,
    revision,
    keys: ['global'],
  },
  ...more,
});
const increment = (start: number, outcome: Increment['outcome'] = 'acknowledged'): Increment => {
  return { start, end: start + 10, outcome };
};
const history = (more: Partial<History>): History => ({
  ...{ reads: [], increments: [], orders: [], stored: stored(1, 2, 3) },
  starts: new Map(['a', 'b'].map((node) => [node, 0])),
  calm: [],
  ...more,
});
const reads = (...list: Read[]): Partial<History> => ({ reads: list });
const rules = (more: Partial<History>) => [...new Set(check(history(more)).map(({ rule }) => rule))];

const NORTH = { key: 'region:north', body: 'n', statistics: 'n' };
const parts = (total: number): Partial<Served> => ({
  parts: { regions: new Map([['north', [total, 0]]]), facilities: new Map([['unassigned', [1, 0]]]) },
});

test('a history in which every promise is kept has no violation', () => {
  expect(
    rules({
      increments: [increment(0), increment(100, 'unknown')],
      orders: [invalidation(200, 2), invalidation(1_000, 3, { node: 'b' })],
      reads: [
        read(50, document(1, 1)),
        read(205, document(1, 1)),
        read(300, document(2, 1)),
        // By another node within a second, and after it where it is labelled.
        read(1_900, document(2, 1)),
        read(2_500, document(2, 1), { stale: true }),
        read(2_600, document(3, 2), { asked: 'current' }),
        read(2_700, document(3, 2), { asked: 3 }),
        read(2_800, document(3, 2), { status: 503, documents: [] }),
      ],
      calm: [{ start: 2_550, end: 2_750 }],
    }),
  ).toEqual([]);
});

test.each<[string, string, Partial<History>]>([
  ['a version that goes back', 'monotone', reads(read(0, document(2)), read(20, document(1)))],
  [
    'a revision that goes back',
    'monotone',
    reads(read(0, document(1), { revision: 2 }), read(20, document(1), { revision: 1 })),
  ],
  [
    'two bodies of one version',
    'oneBody',
    reads(read(0, document(1)), read(0, document(1, 0, { body: 'other' }), { node: 'b' })),
  ],
  ['a body that is not in the table', 'oneBody', reads(read(0, document(1, 0, { statistics: 'other' })))],
  ['a version that was never committed', 'committed', reads(read(0, document(4)))],
  ['an older version than its revision has', 'committed', reads(read(0, document(1), { revision: 2 }))],
  [
    'a change that nobody made',
    'counted',
    { increments: [increment(20)], ...reads(read(0, document(1, 1))) },
  ],
  [
    'an older version after an invalidation by the node itself, even labelled,',
    'barrier',
    { orders: [invalidation(0, 2)], ...reads(read(20, document(1), { stale: true })) },
  ],
  [
    'an older version a second after an invalidation elsewhere',
    'barrier',
    { orders: [invalidation(0, 2, { node: 'b' })], ...reads(read(1_020, document(1))) },
  ],
  [
    'an older version by a node that started after the invalidation',
    'barrier',
    {
      ...{ orders: [invalidation(0, 2)], starts: new Map([['b', 100]]) },
      ...reads(read(120, document(1), { node: 'b', stale: true })),
    },
  ],
  [
    'what was computed before an invalidation under its revision',
    'fenced',
    { increments: [increment(0)], orders: [invalidation(20, 2)], ...reads(read(50, document(2, 0))) },
  ],
  ['an answer below minRevision', 'reached', reads(read(0, document(1), { asked: 2 }))],
  [
    'an answer older than what the node computed',
    'reached',
    { orders: [invalidation(0, 2, { do: 'recompute', keys: [] })], ...reads(read(20, document(1))) },
  ],
  [
    'an answer to no-cache without a commit before it',
    'current',
    { increments: [increment(0)], ...reads(read(20, document(1, 0), { asked: 'current' })) },
  ],
  [
    'an answer to no-cache that is labelled as stale',
    'current',
    reads(read(0, document(1), { asked: 'current', stale: true })),
  ],
  [
    'a dashboard whose regions do not add up to global',
    'bundle',
    reads(
      read(0, document(1), {
        ...{ bundle: true },
        documents: [document(1, 0, parts(1)), document(1, 0, { ...NORTH, share: [2, 0] })],
      }),
    ),
  ],
  ['a failure inside', 'answered', reads(read(0, document(1), { status: 500, documents: [] }))],
  [
    'a 503 that does not say when to come again',
    'answered',
    reads(read(0, document(1), { status: 503, retryAfter: false, documents: [] })),
  ],
  [
    'a node that labels its answers all the time while nothing is wrong',
    'calm',
    {
      ...reads(...[5, 3_050].map((at) => read(at, document(1), { stale: true }))),
      calm: [{ start: 0, end: 4_000 }],
    },
  ],
  [
    'a change that stays out while nothing is wrong',
    'calm',
    { increments: [increment(0)], ...reads(read(3_050, document(1, 0))), calm: [{ start: 0, end: 4_000 }] },
  ],
])('%s is found (%s)', (_, rule, broken) => {
  expect(rules(broken)).toContain(rule);
});

test('operations that overlap break no rule', () => {
  const overlapping = [document(2, 1), document(1, 0)].map((served, i) => read(5 + i, served));
  const current = read(7, document(1, 0), { asked: 'current' });
  const history = {
    increments: [increment(0)],
    orders: [invalidation(0, 2)],
    reads: [...overlapping, current],
  };
  expect(rules(history)).toEqual([]);
});
