import { expect, test } from 'vitest';
import { fileName, toCsv, toJson } from '../../src/dashboard/rows.tsx';
import { statsTable } from '../../src/dashboard/widgets/stats-table.tsx';
import { shownOf } from '../support/dashboard/example.ts';

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

test('a file is named after what it shows, its scope, and the local day', () => {
  const document = { key: 'region:a', displayName: 'North/West', asOf: '2026-11-26T18:00:00Z' };
  const shown = shownOf(statsTable, { scope: 'region:a' }, { documents: { 'region:a': document } });
  expect(fileName(shown, 'Provinces')).toBe('Provinces, North-West, 2026-11-27');
});
