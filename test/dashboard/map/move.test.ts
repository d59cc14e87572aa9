import { expect, test } from 'vitest';
import { placeAfter } from '../../../src/dashboard/map/move.ts';
import data from '../../../src/dashboard/map/province-paths.json' with { type: 'json' };

test.each([
  ['เชียงใหม่', 'ArrowRight', 'ลำปาง'],
  ['เชียงใหม่', 'ArrowLeft', 'แม่ฮ่องสอน'],
  ['นนทบุรี', 'ArrowUp', 'พระนครศรีอยุธยา'],
  ['ภูเก็ต', 'Home', 'กรุงเทพมหานคร'],
  ['ภูเก็ต', 'x', undefined],
])('from %s the key %s leads to %s', (from, key, to) => {
  expect(placeAfter(data.centres, from, key)).toBe(to);
});

test('arrow keys reach every province from Bangkok', () => {
  const reached = new Set(['กรุงเทพมหานคร']);
  for (const from of reached) {
    for (const key of ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown']) {
      const to = placeAfter(data.centres, from, key);
      if (to) reached.add(to);
    }
  }
  expect(reached.size).toBe(77);
});

test('nothing lies south of the southernmost province', () => {
  const south = Object.entries(data.centres).toSorted(([, [, a = 0]], [, [, b = 0]]) => b - a)[0]?.[0] ?? '';
  expect(placeAfter(data.centres, south, 'ArrowDown')).toBeUndefined();
});
