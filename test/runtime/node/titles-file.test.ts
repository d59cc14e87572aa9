/** TITLES_FILE: titles that an operator gives, and what is said of a file that is wrong. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readTitles } from '../../../src/runtime/node/titles-file.ts';
import { titleOf } from '../../../src/stats/titles.ts';
import { folderForTest } from '../../support/servers/folder.ts';

async function read(content: string) {
  const path = join(await folderForTest(), 'titles.json');
  await writeFile(path, content);
  return readTitles(path);
}

const NORTH = { en: 'The North', th: 'เหนือ' };

test('a title of the file comes before that of the service, and before the name in the data', async () => {
  const titles = await read(
    JSON.stringify({
      'region:northern': NORTH,
      'authority:MEA': { en: 'M.', th: 'ม.' },
      'province:น่าน': NORTH,
    }),
  );
  expect(titleOf('region:northern', 'Northern Thailand', titles)).toEqual(NORTH);
  expect(titleOf('region:central', 'Central Thailand', titles)).toEqual({
    en: 'Central Thailand',
    th: 'ภาคกลาง',
  });
  expect(titleOf('region:somewhere', 'Somewhere', titles)).toEqual({ en: 'Somewhere', th: 'Somewhere' });
});

test('a byte order mark at the beginning does not count', async () => {
  expect(await read(`\uFEFF${JSON.stringify({ global: NORTH })}`)).toEqual({ global: NORTH });
});

test('without a file there are no titles', async () => {
  expect(await readTitles(undefined)).toEqual({});
});

test.each([
  ['{', /is not JSON/],
  ['[]', /is not as expected: it: /],
  ['{"province:Bangkok": {"en": "a", "th": "b"}}', /province:Bangkok: is not/],
  ['{"northern": {"en": "a", "th": "b"}}', /northern: is not a cache key such as region:northern/],
  ['{"schedule.late": {"en": "a", "th": "b"}}', /schedule\.late: is not/],
  ['{"global": {"en": "All"}}', /global\.th: /],
  ['{"global": {"en": "All", "th": " "}}', /global\.th: /],
])('%s is a fault in the settings', async (content, message) => {
  await expect(read(content)).rejects.toThrow(message);
  await expect(read(content)).rejects.toThrow(/TITLES_FILE/);
});

test('a file that cannot be read is a fault in the settings', async () => {
  await expect(readTitles('/nowhere/titles.json')).rejects.toThrow(/TITLES_FILE .*cannot be read: ENOENT/);
});
