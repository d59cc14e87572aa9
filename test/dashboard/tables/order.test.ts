import { expect, test } from 'vitest';
import { orderedBy } from '../../../src/dashboard/tables/order.ts';

const rows = [
  { name: 'unknown', isLast: true, total: 9 },
  { name: 'b', isLast: false, total: 10 },
  { name: 'a', isLast: false, total: null },
  { name: 'c', isLast: false, total: 2 },
];
const columns = [
  { name: 'name', value: (row: (typeof rows)[number]) => row.name },
  { name: 'total', value: (row: (typeof rows)[number]) => row.total },
];
const sorted = (column: string, descending: boolean) =>
  orderedBy(rows, columns, { column, descending }, 'en').map(({ name }) => name);

test('what has no value comes after what has one, and the rows that are always last after both', () => {
  expect(sorted('total', false)).toEqual(['c', 'b', 'a', 'unknown']);
  expect(sorted('total', true)).toEqual(['b', 'c', 'a', 'unknown']);
});

test('names are in the order of the language', () => {
  expect(sorted('name', true)).toEqual(['c', 'b', 'a', 'unknown']);
  const thai = ['ไทย', 'กลาง', 'เหนือ'].map((name) => ({ name, isLast: false, total: 0 }));
  expect(
    orderedBy(thai, columns, { column: 'name', descending: false }, 'th').map(({ name }) => name),
  ).toEqual(['กลาง', 'ไทย', 'เหนือ']);
});
