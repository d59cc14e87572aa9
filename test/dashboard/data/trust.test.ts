import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Trust } from '../../../src/dashboard/data/trust.ts';
import type { Status } from '../../../src/dashboard/view.ts';

const GRACE_MS = 3_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function live() {
  const told: Status['state'][] = [];
  const trust = new Trust({ state: 'loading' }, GRACE_MS, ({ state }) => told.push(state));
  trust.say({ state: 'live' });
  told.length = 0;
  return { trust, told };
}

test('an interruption is told once, when it has lasted for the time of grace, with when the figures were confirmed last', () => {
  const { trust, told } = live();
  const { confirmedAt } = trust.status;
  trust.lose();
  vi.advanceTimersByTime(GRACE_MS - 1);
  trust.lose();
  expect(told).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(trust.status).toMatchObject({ state: 'reconnecting', since: confirmedAt, confirmedAt });
  trust.lose();
  vi.advanceTimersByTime(2 * GRACE_MS);
  expect(told).toEqual(['reconnecting']);
});

test.each<[string, (trust: Trust) => void]>([
  ['says that it is live', (trust) => trust.say({ state: 'live' })],
  ['confirms the figures', (trust) => trust.confirm()],
])('a shorter one, after which the service %s, is never told', (_, goOn) => {
  const { trust, told } = live();
  trust.lose();
  vi.advanceTimersByTime(GRACE_MS - 1);
  goOn(trust);
  vi.advanceTimersByTime(2 * GRACE_MS);
  expect(told).not.toContain('reconnecting');
});
