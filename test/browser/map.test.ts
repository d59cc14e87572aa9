/** The map of provinces, by pointer, by keyboard, and as a chunk of its own. */
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { siteForAll } from '../support/browser/site.ts';
import { visit } from '../support/browser/visit.ts';

const site = siteForAll();

const map = (page: Page) => page.locator('stats-map');
/** The provinces; the select beside the heading has options too. */
const list = (page: Page) => map(page).getByRole('listbox').getByRole('option');
const province = (page: Page, name: string) => map(page).getByRole('option', { name: `${name}:` });
const focused = (page: Page) =>
  page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.getAttribute('aria-label') ?? '');

test('the map has its place before it is loaded, and nothing moves when it is', async () => {
  const page = await visit(site.base);
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route('**/province-map*', async (route) => {
    await held;
    await route.continue();
  });
  await page.goto('/map?lang=en', { waitUntil: 'commit' });
  const places = () =>
    page.locator('stats-map, stats-table').evaluateAll((elements) =>
      elements.map((element) => {
        const { x, y, width, height } = element.getBoundingClientRect();
        return [x, y, width, height];
      }),
    );
  await map(page).locator('.in-place').waitFor({ state: 'attached' });
  await page.locator('stats-table').getByRole('button', { name: 'Tak', exact: true }).waitFor();
  const before = await places();
  release();
  await province(page, 'Tak').waitFor();
  expect(await list(page).count()).toBe(77);
  expect(await places()).toEqual(before);
});

test('the scripts of all widgets have at most 40 kB without the map, and the map has at most 25 kB; gzipped', async () => {
  const bytes = new Map<string, number>();
  const load = async (path: string): Promise<void> => {
    if (bytes.has(path)) return;
    const text = await (await site.get(path)).text();
    bytes.set(path, gzipSync(text).length);
    const imported = text.matchAll(/(?:from|import)\s*"([^"]+)"/g);
    for (const [, name = ''] of imported) await load(new URL(name, `http://x${path}`).pathname);
  };
  await load('/widgets.js');
  expect([...bytes.values()].reduce((sum, size) => sum + size, 0)).toBeLessThan(40_000);
  expect([...bytes.keys()].join()).not.toContain('province-map');

  const [, chunk = ''] =
    (await (await site.get('/map')).text()).match(/"(\/assets\/province-map-[^"]+)"/) ?? [];
  expect(gzipSync(await (await site.get(chunk)).text()).length).toBeLessThan(25_000);
});

test('a province that is selected in the table or on the map is marked in both, and in the address; the map stays in sight', async () => {
  const page = await visit(site.base);
  await page.goto('/map?lang=en');
  const table = page.locator('stats-table');
  await table.getByRole('button', { name: 'Tak', exact: true }).click();
  expect(await province(page, 'Tak').getAttribute('aria-selected')).toBe('true');
  expect(new URL(page.url()).searchParams.get('province')).toBe('ตาก');

  await province(page, 'Nan').click();
  expect(await table.locator('.marked th').allTextContents()).toEqual(['Nan']);

  await page.reload();
  expect(await province(page, 'Nan').getAttribute('aria-selected')).toBe('true');
  expect(await table.locator('.marked th').allTextContents()).toEqual(['Nan']);

  await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight / 2));
  await expect.poll(async () => (await map(page).boundingBox())?.y).toBe(16);
});

test('a province under the pointer shows its figures, and a click marks it', async () => {
  const page = await visit(site.base);
  await page.goto('/map?lang=en');
  const tak = province(page, 'Tak');
  await tak.hover();
  const label = (await tak.getAttribute('aria-label')) ?? '';
  expect(label).toMatch(/^Tak: \d+ projects? · .* done, .* · \d+ overdue$/);
  const box = map(page).locator('.box');
  for (const line of label.slice('Tak: '.length).split(', ')) expect(await box.textContent()).toContain(line);
  await tak.click();
  expect(await tak.getAttribute('aria-selected')).toBe('true');
  await tak.click();
  expect(await tak.getAttribute('aria-selected')).toBe('false');
});

test('the keyboard alone leads into the map, from province to province, and marks one', async () => {
  const page = await visit(site.base);
  await page.goto('/map?lang=en');
  await province(page, 'Tak').waitFor();
  for (let i = 0; i < 30 && !(await focused(page)).startsWith('Bangkok:'); i++)
    await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowUp');
  expect(await focused(page)).toMatch(/^Pathum Thani:/);
  await page.keyboard.press('Enter');
  expect(await province(page, 'Pathum Thani').getAttribute('aria-selected')).toBe('true');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Tab');
  expect(await focused(page)).toMatch(/^Phra Nakhon Si Ayutthaya:/);
  await page.keyboard.press('Escape');
  expect(await province(page, 'Pathum Thani').getAttribute('aria-selected')).toBe('false');
});

test('the map of a region shows its provinces larger, and the whole map where the keyboard leads out of it', async () => {
  const page = await visit(site.base);
  await page.goto('/regions/southern?lang=en');
  const view = async () =>
    (await map(page).locator('svg').first().getAttribute('viewBox'))?.split(' ').map(Number);
  await province(page, 'Songkhla').waitFor();
  const [, top = 0, , height = 0] = (await view()) ?? [];
  expect(top).toBeGreaterThan(500);
  expect(top + height).toBeLessThanOrEqual(2000);
  const card = await map(page).locator('.provinces').boundingBox();
  const place = await province(page, 'Songkhla').boundingBox();
  expect(place?.y).toBeGreaterThan(card?.y ?? 0);
  await province(page, 'Tak').focus();
  expect(await view()).toEqual([0, 0, 1076, 2000]);
});

test('another metric colours the provinces anew, and the table behind the map has its order', async () => {
  const page = await visit(site.base);
  await page.goto('/map?lang=en');
  await map(page).getByRole('combobox').selectOption('overdue');
  const [none, most] = [/heat-none/, /heat-9/];
  const classes = await list(page).evaluateAll((paths) =>
    paths.map((path) => [path.getAttribute('class'), path.getAttribute('aria-label')]),
  );
  for (const [colour, label] of classes) {
    if (/(· 0 overdue|No projects)$/.test(label ?? '')) expect(colour).toMatch(none);
  }
  expect(classes.some(([colour]) => most.test(colour ?? ''))).toBe(true);
});

test('where the map does not come, the table stands in its place', async () => {
  const page = await visit(site.base, { expected: /province-map/ });
  await page.route('**/province-map*', (route) => route.abort());
  await page.goto('/map?lang=en');
  await map(page).getByRole('rowheader', { name: 'Tak' }).waitFor();
});
