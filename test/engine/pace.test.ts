/** With an interval of 50 ms. */
import { expect, test } from 'vitest';
import { restAfter } from '../../src/engine/pace.ts';

test.each<[string, Partial<Parameters<typeof restAfter>[0]>, number]>([
  ['that found nothing lasts the interval', {}, 50],
  ['that found nothing for ten seconds lasts 100 ms', { idleMs: 10_000 }, 100],
  ['with a quick fold is short', { refreshed: true, tookMs: 4 }, 5],
  ['with a long fold lasts half as long as that took', { refreshed: true, tookMs: 300 }, 150],
  ['with a fold that waited for a lock lasts a second', { refreshed: true, tookMs: 8_000 }, 1_000],
  ['with a long scan lasts as long as that took', { refreshed: true, scanned: true, tookMs: 8_000 }, 8_000],
  ['that was slow although it found nothing lasts four times as long', { tookMs: 30 }, 120],
  ['that was very slow lasts a second', { tookMs: 5_000 }, 1_000],
])('the rest after a poll %s', (_, poll, expected) => {
  expect(restAfter({ tookMs: 1, refreshed: false, scanned: false, idleMs: 0, ...poll }, 50)).toBe(expected);
});

test('an interval above 100 ms does not shrink when nothing happens', () => {
  expect(restAfter({ tookMs: 1, refreshed: false, scanned: false, idleMs: 60_000 }, 500)).toBe(500);
});
