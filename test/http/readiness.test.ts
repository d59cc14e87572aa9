import { expect, test, vi } from 'vitest';
import { DocumentMemory } from '../../src/cache/memory.ts';
import { newSyncState } from '../../src/cache/sync-state.ts';
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
    state: newSyncState(),
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

const timeZoneMismatch = new TimeZoneMismatchError('Asia/Bangkok', 'Europe/Berlin');
const triggers = (wanted: boolean, ...missing: string[]) => ({
  triggerState: async () => ({ wanted, missing }),
});
const LOST = { state: { ...newSyncState(), marksLost: true } };
const AWAY = { databaseAway: true, isBehind: true };
/** What differs from a service with nothing wrong, and the one check that speaks of it. */
const TABLE: [string, Readiness['status'], keyof Readiness['checks'], RegExp, Partial<ReadinessFacts>][] = [
  ['has nothing wrong', 'ready', 'statistics', /^1 documents at revision 7\.$/, {}],
  ['is starting', 'unavailable', 'statistics', /^Starting: /, { isStarting: true }],
  ['has nothing in memory', 'unavailable', 'statistics', /^No statistics are in memory/, { memory: empty }],
  ['is for another time zone', 'unavailable', 'statistics', /Asia\/Bangkok/, { timeZoneMismatch }],
  ['does not reach its database', 'degraded', 'database', /does not answer/, AWAY],
  [
    'never reached its database',
    'unavailable',
    'database',
    /does not answer yet/,
    { ...AWAY, memory: empty },
  ],
  [
    'finds its schema gone',
    'degraded',
    'database',
    /any more; .* migrate$/,
    { ...AWAY, schemaMissing: true },
  ],
  ['lacks changes', 'degraded', 'database', /not caught up/, { isBehind: true }],
  ['has no triggers by choice', 'ready', 'triggers', /^Left out on purpose/, triggers(false)],
  [
    'finds triggers disabled',
    'degraded',
    'triggers',
    /^Missing, disabled or not ENABLE ALWAYS: a, b\. /,
    { ...triggers(true, 'a', 'b'), ...LOST },
  ],
  ['finds triggers back', 'degraded', 'triggers', /^They are back; /, LOST],
  [
    'cannot ask for its triggers',
    'ready',
    'triggers',
    /could not be checked/,
    { triggerState: () => Promise.reject(new Error('gone')) },
  ],
  ['has used half of its revisions', 'ready', 'revision', /Plan a stop of all nodes/, { memory: used }],
];

test.each(TABLE)(
  'a service that %s is %s, and its check of %s says why',
  async (_, status, check, detail, facts) => {
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
    expect((await slow).checks.triggers.detail).toBe('The triggers could not be checked.');
  } finally {
    vi.useRealTimers();
  }
});

test('a service catches up before it says how it is', async () => {
  const facts = { ...service({ isBehind: true }) };
  facts.catchUp = async () => void Object.assign(facts, { isBehind: false });
  expect((await readiness(facts)).status).toBe('ready');
});
