import { expect, test } from 'vitest';
import { includes, queryOf, unionOf, wantedOf, without } from '../../../src/dashboard/data/wanted.ts';
import type { Field } from '../../../src/dashboard/figures.ts';

const tile = (key: string, field: string) => ({ keys: [key], fields: [field as Field] });

test('what many widgets need is asked for once, in one order', () => {
  const wanted = wantedOf([
    tile('region:b', 'schedule'),
    tile('global', 'capacity'),
    tile('global', 'schedule'),
  ]);
  expect(wanted).toEqual({ keys: ['global', 'region:b'], fields: ['capacity', 'schedule'] });
  expect(wanted && queryOf(wanted)).toBe('keys=global,region%3Ab&fields=capacity,schedule');
});

test('every scope is asked for where one widget needs all, where a name has a comma, and where there are too many', () => {
  const many = Array.from({ length: 101 }, (_, i) => tile(`region:${i}`, 'schedule'));
  for (const needs of [
    [{ ...tile('', 'schedule'), keys: 'all' as const }],
    [tile('a,b', 'schedule')],
    many,
  ]) {
    const wanted = wantedOf([tile('global', 'capacity'), ...needs]);
    expect(wanted).toEqual({ keys: 'all', fields: ['capacity', 'schedule'] });
    expect(wanted && queryOf(wanted)).toBe('fields=capacity,schedule');
  }
});

test('a figure that does not exist is not asked for', () => {
  expect(wantedOf([tile('global', 'toString')])).toBeUndefined();
});

test('a list needs the version of its scope, and who shows the confirmation alone needs something to be confirmed', () => {
  const list = { name: 'overdue' as const, scope: 'region:b', limit: 20 };
  expect(wantedOf([{ keys: [], fields: [], list }])).toEqual({
    keys: ['region:b'],
    fields: ['totalProjects'],
  });
  const live = { keys: [], fields: [], confirmation: true };
  expect(wantedOf([live])).toEqual({ keys: ['global'], fields: ['totalProjects'] });
  expect(wantedOf([live, tile('a', 'capacity')])).toEqual({ keys: ['a'], fields: ['capacity'] });
  expect(wantedOf([])).toBeUndefined();
});

test('all keys include each key, and no list of keys includes all', () => {
  const [all, some] = [
    { keys: 'all' as const, fields: ['schedule' as const] },
    { keys: ['a', 'b'], fields: ['schedule' as const] },
  ];
  expect([includes(all, some), includes(some, all), includes(some, { ...some, keys: ['b'] })]).toEqual([
    true,
    false,
    true,
  ]);
  expect(includes(all, { ...some, fields: ['capacity'] })).toBe(false);
  expect(unionOf([all, some])).toEqual(all);
});

test('an unknown key is left out', () => {
  const wanted = { keys: ['a', 'b'], fields: [] };
  expect(without(wanted, ['b'])).toEqual({ keys: ['a'], fields: [] });
  expect(without(wanted, ['a', 'b'])).toBeUndefined();
});
