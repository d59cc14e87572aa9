import { expect, test } from 'vitest';
import { toCsv, toJson } from '../../src/dashboard/rows.tsx';

const rows = {
  columns: [
    { title: 'Name', numeric: false },
    { title: 'Projects', numeric: true },
  ],
  rows: [
    ['a "b", c', 1],
    ['=1+1', null],
  ],
};

test('CSV quotes what needs it, and no spreadsheet takes a name for a formula', () => {
  expect(toCsv(rows)).toBe(`Name,Projects\r\n"a ""b"", c",1\r\n'=1+1,\r\n`);
});

test('JSON names each value by its column', () => {
  expect(JSON.parse(toJson(rows))).toEqual([
    { Name: 'a "b", c', Projects: 1 },
    { Name: '=1+1', Projects: null },
  ]);
});
