import { expect, test } from 'vitest';
import { seedDemo } from '../../src/demo/seed.ts';
import { serviceForAll } from '../support/service/running-service.ts';

const service = serviceForAll({}, (sql) => seedDemo(sql, { projects: 50, seed: 1 }));

test.each([
  ['/regions', 'Regions'],
  ['/regions/northern', 'Northern Thailand'],
  ['/facilities', 'Facility types'],
  ['/facilities/reservoir', 'Water Reservoir'],
  ['/lists/overdue', 'Overdue'],
  ['/lists/overdue?scope=region:northern', 'Overdue · Northern Thailand'],
])('the page %s says that it is about %s', async (path, title) => {
  const answer = await service.get(path, { 'Accept-Language': 'en' });
  expect(answer.status).toBe(200);
  expect(/<title>(.*?) · Solar/.exec(await answer.text())?.[1]).toBe(title);
});

test('the filter of a page shows its scope, also where its name has blanks', async () => {
  await service.sql`
    INSERT INTO "ProjectRegions" SELECT (jsonb_populate_record(r, '{"RegionId": "00000000-0000-4000-8000-0000000000aa", "RegionName": "far north"}')).*
    FROM "ProjectRegions" r LIMIT 1`;
  await service.get('/stats', { 'Cache-Control': 'no-cache' });
  const html = await (await service.get('/regions/far%20north')).text();
  expect(/<option [^>]*selected[^>]*>/.exec(html)?.[0]).toContain('value="region:far north"');
});

test.each(['/regions/nothern', '/facilities/x', '/lists/late', '/lists/overdue?scope=region:x'])(
  'there is no page %s',
  async (path) => {
    expect((await service.get(path)).status).toBe(404);
  },
);

test('a page carries only those members of a document that it shows of it', async () => {
  const html = await (await service.get('/')).text();
  const { loaded } = JSON.parse(/<script id="stats-handover"[^>]*>(.*?)<\/script>/.exec(html)?.[1] ?? '');
  expect(loaded.documents['region:northern'].statistics).not.toHaveProperty('location');
  expect(loaded.documents.global.statistics).toHaveProperty('location');
});

test.each([
  ['th', 'รายการที่ใกล้เคียงที่สุด', 'ภาคเหนือ'],
  ['en', 'The most similar one is', 'Northern Thailand'],
])(
  'a name that is nearly right leads once to the page that was meant, by its title, in %s',
  async (lang, words, title) => {
    const answer = await service.get('/regions/nothern', { Accept: 'text/html', 'Accept-Language': lang });
    const html = await answer.text();
    expect(answer.status).toBe(404);
    expect(html).toContain(words);
    expect(html).toContain(`<a href="/regions/northern">${title}</a>`);
    expect(html).not.toContain('Did you mean');
  },
);

test('links to the other language and other colours keep which part of a list is shown', async () => {
  const page = await (await service.get('/lists/overdue?scope=region:northern&x=1&lang=en')).text();
  expect(page).toContain('href="?scope=region%3Anorthern&amp;lang=th"');
  expect(page).toContain('href="?scope=region%3Anorthern&amp;theme=light"');
});
