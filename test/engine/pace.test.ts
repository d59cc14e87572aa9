/** With an interval of 50 ms. */
import { expect, test } from 'vitest';
import { restAfter } from '../../src/engine/pace.ts';

test.each<[string, Partial<Parameters<typeof restAfter>[0]>, number]>([
  ['that found nothing lasts the interval', {}, 50],
  ['that found nothing for ten seconds lasts 100 ms', { idleMs: 10_000 }, 100],
  ['with a quick fold is short', { refreshed: true, tookMs: 4, quickestMs: 4 }, 5],
  ['with a fold among long ones lasts half as long as those', { refreshed: true, quickestMs: 300 }, 150],
  ['with a fold that waited is short', { refreshed: true, tookMs: 8_000, quickestMs: 4 }, 5],
  ['with a fold lasts a second at most', { refreshed: true, tookMs: 8_000, quickestMs: 8_000 }, 1_000],
  ['with a long scan lasts as long as that took', { refreshed: true, scanned: true, tookMs: 8_000 }, 8_000],
  ['that was slow although it found nothing lasts four times as long', { tookMs: 30 }, 120],
  ['that was very slow lasts a second', { tookMs: 5_000 }, 1_000],
])('the rest after a poll %s', (_, poll, expected) => {
  const usual = { tookMs: 1, refreshed: false, scanned: false, quickestMs: 1, idleMs: 0 };
  expect(restAfter({ ...usual, ...poll }, 50)).toBe(expected);
});

test('an interval above 100 ms does not shrink when nothing happens', () => {
  const poll = { tookMs: 1, refreshed: false, scanned: false, quickestMs: 1, idleMs: 60_000 };
  expect(restAfter(poll, 500)).toBe(500);
});
