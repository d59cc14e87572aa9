import { expect, test } from 'vitest';
import { StreamPlaces } from '../../src/http/stream/places.ts';

test('there are as many as said, and one that is given back is free, once', () => {
  const places = new StreamPlaces(2, () => 0);
  const leave = places.take();
  expect(places.full).toBe(false);
  places.take();
  expect(places.full).toBe(true);
  leave();
  leave();
  expect(places.full).toBe(false);
  places.take();
  expect(places.full).toBe(true);
});

test('one whose holder was lost is free after its time', () => {
  let time = 0;
  const places = new StreamPlaces(1, () => time, 1_000);
  places.take();
  time = 999;
  expect(places.full).toBe(true);
  time = 1_000;
  expect(places.full).toBe(false);
});
