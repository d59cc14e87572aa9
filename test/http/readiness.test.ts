import { expect, test, vi } from 'vitest';
import { DocumentMemory } from '../../src/cache/memory.ts';
import { TimeZoneMismatchError } from '../../src/errors.ts';
import { type Readiness, type ReadinessFacts, readiness } from '../../src/http/readiness.ts';
import { tableState } from '../support/cache/table-state.ts';

/** A service whose memory holds one document of revision 7, with nothing wrong. */
function service(facts: Partial<ReadinessFacts>): ReadinessFacts {
  const memory = new DocumentMemory(1_000);
  memory.apply(tableState(7), 0, 0);
  return {
    catchUp: async () => {},
    memory,
    isStarting: false,
    timeZoneMismatch: undefined,
    databaseAway: false,
    schemaMissing: false,
    isBehind: false,
    triggerState: async () => ({ wanted: true, missing: [] }),
    ...facts,
  };
}
const empty = new DocumentMemory(1_000);
const used = new DocumentMemory(1_000);
used.apply(tableState(2 ** 30), 0, 0);

const AWAY = { databaseAway: true, isBehind: true };
/** What differs from a service with nothing wrong, and the one check that speaks of it. */
const TABLE: [
  what: string,
  facts: Partial<ReadinessFacts>,
  status: Readiness['status'],
  check: keyof Readiness['checks'],
  detail: RegExp,
][] = [
  ['has nothing wrong', {}, 'ready', 'statistics', /^1 documents at revision 7\.$/],
  ['is starting', { isStarting: true }, 'unavailable', 'statistics', /^Starting: /],
  ['has nothing in memory', { memory: empty }, 'unavailable', 'statistics', /^No statistics are in memory/],
  [
    'is for another time zone than what is kept',
    { timeZoneMismatch: new TimeZoneMismatchError('Asia/Bangkok', 'Europe/Berlin') },
    'unavailable',
    'statistics',
    /Asia\/Bangkok/,
  ],
  ['does not reach its database', AWAY, 'degraded', 'database', /does not answer/],
  [
    'has never reached its database',
    { ...AWAY, memory: empty },
    'unavailable',
    'database',
    /has not answered yet/,
  ],
  [
    'finds its schema gone',
    { ...AWAY, schemaMissing: true },
    'degraded',
    'database',
    /not migrated any more; .* migrate$/,
  ],
  ['lacks changes', { isBehind: true }, 'degraded', 'database', /not caught up/],
  [
    'has no triggers by choice',
    { triggerState: async () => ({ wanted: false, missing: [] }) },
    'ready',
    'triggers',
    /^Not installed by choice/,
  ],
  [
    'finds a trigger disabled',
    { triggerState: async () => ({ wanted: true, missing: ['a', 'b'] }) },
    'ready',
    'triggers',
    /^Missing or disabled: a, b\. /,
  ],
  [
    'cannot ask for its triggers',
    { triggerState: () => Promise.reject(new Error('gone')) },
    'ready',
    'triggers',
    /did not say in time/,
  ],
  ['has used half of its revisions', { memory: used }, 'ready', 'revision', /Plan a stop of all nodes/],
];

const CASES = TABLE.map(([what, facts, status, check, detail]) => ({ what, facts, status, check, detail }));

test.each(CASES)(
  'a service that $what is $status, and says why',
  async ({ facts, status, check, detail }) => {
    const report = await readiness(service(facts));
    expect(report.status).toBe(status);
    expect(report.checks[check].detail).toMatch(detail);
  },
);

test('a database that is away is not asked for its triggers, and one that is slow only for a second', async () => {
  const triggerState = vi.fn(() => new Promise<never>(() => {}));
  const away = await readiness(service({ ...AWAY, triggerState }));
  expect(away.checks.triggers.detail).toBe('Not known while the database is away.');
  expect(triggerState).not.toHaveBeenCalled();
  vi.useFakeTimers();
  try {
    const slow = readiness(service({ triggerState }));
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await slow).checks.triggers.detail).toBe('The database did not say in time.');
  } finally {
    vi.useRealTimers();
  }
});

test('a service catches up before it is judged', async () => {
  const facts = { ...service({ isBehind: true }) };
  facts.catchUp = async () => void Object.assign(facts, { isBehind: false });
  expect((await readiness(facts)).status).toBe('ready');
});
