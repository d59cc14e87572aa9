/** How people go through the pages: by keyboard alone, back and forth, in their language and colours, and on paper. */
import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { siteForAll } from '../support/browser/site.ts';
import { PHONE, visit } from '../support/browser/visit.ts';

const FOLDER = process.env['SCREENSHOTS'];

const site = siteForAll();

async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await page.locator('stats-live:defined').first().waitFor();
}

/** What has the focus, in a shadow root too. */
const focused = (page: Page) =>
  page.evaluate(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element?.getAttribute('aria-label') || element?.textContent?.trim() || element?.tagName || '';
  });

async function tabTo(page: Page, what: RegExp): Promise<void> {
  const passed: string[] = [];
  while (passed.length < 80) {
    await page.keyboard.press('Tab');
    const label = await focused(page);
    if (what.test(label)) return;
    passed.push(label);
  }
  throw new Error(`Tab never came to ${what}: ${passed.join(' | ')}`);
}

test('the keyboard alone opens the table behind a chart, and sorts a table', async () => {
  const page = await visit(site.base);
  await open(page, '/?lang=en');
  await tabTo(page, /^Regions$/);
  await tabTo(page, /^Data: Status/);
  await page.keyboard.press('Enter');
  await tabTo(page, /^Table$/);
  await page.keyboard.press('Enter');
  await page.locator('stats-status table').getByText('In progress').waitFor();

  await open(page, '/?lang=en');
  await tabTo(page, /^Overdue$/);
  await page.keyboard.press('Enter');
  const sorted = page.locator('stats-table[rows=regions] th[aria-sort]');
  await expect.poll(() => sorted.textContent()).toContain('Overdue');
});

test('each page has an address and a title; back leads to where one was', async () => {
  const page = await visit(site.base);
  await open(page, '/?lang=en');
  await page.getByRole('link', { name: 'Northern Thailand' }).first().click();
  await page.waitForURL('**/regions/northern');
  expect(await page.title()).toBe('Northern Thailand · Solar projects');
  await page.locator('stats-number').first().getByText(/^\d+$/).first().waitFor();
  await page.goBack();
  await page.waitForURL(/\/\?lang=en$/);
  expect(await page.title()).toBe('Overview · Solar projects');
  await page.locator('stats-number').first().getByText('300', { exact: true }).waitFor();
});

test('a chosen language is kept; without a choice it is that of the browser', async () => {
  const english = await visit(site.base);
  await english.goto('/');
  expect(await english.getAttribute('html', 'lang')).toBe('en');
  await english.getByRole('link', { name: 'ไทย' }).click();
  await english.waitForURL('**/*lang=th*');
  await english.goto('/regions');
  expect(await english.getAttribute('html', 'lang')).toBe('th');

  const thai = await visit(site.base, { locale: 'th-TH' });
  await thai.goto('/');
  expect(await thai.getAttribute('html', 'lang')).toBe('th');
  expect(await thai.locator('footer').textContent()).toContain('256');
});

test('the button of colours goes through them at once, and the choice is kept; with colours of the system no word is lost', async () => {
  const page = await visit(site.base);
  await open(page, '/?lang=en');
  const theme = page.locator('a.theme');
  const colours = () =>
    page
      .locator('stats-status .card')
      .evaluate((card) => [card, document.body].map((element) => getComputedStyle(element).backgroundColor));
  expect(await page.getAttribute('html', 'data-theme')).toBe('system');
  await theme.click();
  const light = await colours();
  await theme.click();
  await expect.poll(colours).not.toEqual(light);
  const dark = await colours();
  await open(page, '/?lang=en');
  expect(await colours()).toEqual(dark);

  // White paper, though the page is dark: browsers see to all text but that of SVG.
  await page.emulateMedia({ forcedColors: 'active' });
  const words = await page
    .locator('svg text')
    .evaluateAll((all) => all.map((text) => getComputedStyle(text).fill));
  expect(new Set(words)).toEqual(new Set(['rgb(0, 0, 0)']));
  const legend = await page
    .locator('stats-status .dot')
    .evaluateAll((all) => all.map((dot) => getComputedStyle(dot).backgroundColor));
  expect(new Set(legend).size).toBe(5);
});

test('a page prints on A4 with its date, and without what leads elsewhere', async () => {
  const page = await visit(site.base);
  await open(page, '/?lang=en');
  await page.emulateMedia({ media: 'print' });
  expect(await page.locator('nav').first().isVisible()).toBe(false);
  await page
    .locator('.printed')
    .getByText(/^All projects · As of \d+ \w+ \d{4} at/)
    .waitFor();
  if (FOLDER) mkdirSync(FOLDER, { recursive: true });
  const pdf = await page.pdf({
    format: 'A4',
    printBackground: true,
    ...(FOLDER && { path: `${FOLDER}/overview-en.pdf` }),
  });
  const sheets = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length;
  expect(sheets).toBe(2);
});

test('on a phone every month and every day of a chart has its label', async () => {
  const page = await visit(site.base, { viewport: PHONE });
  await open(page, '/?lang=en');
  for (const [metric, labels] of [
    ['completedPerMonth', 12],
    ['eventsPerDay', 14],
  ] as const)
    await expect
      .poll(() => page.locator(`stats-bars[metric="${metric}"] .label:visible`).count())
      .toBe(labels);
});

test.each([1920, 1360, 768, 390])(
  'at %i pixels header, cards and footer begin at one line',
  async (width) => {
    const page = await visit(site.base, { viewport: { width, height: 900 } });
    await open(page, '/?lang=en');
    const lefts = await page
      .locator('.mark, .grid > div:first-of-type, .bottom > :first-child')
      .evaluateAll((parts) => parts.map((part) => part.getBoundingClientRect().left));
    expect(new Set(lefts).size).toBe(1);
  },
);

test('on a tablet the heatmaps show every column', async () => {
  const page = await visit(site.base, { viewport: { width: 768, height: 1024 } });
  await open(page, '/facilities?lang=en');
  const hidden = await page
    .locator('stats-heatmap .scroll')
    .evaluateAll((boxes) => boxes.map((box) => box.scrollWidth - box.clientWidth));
  expect(hidden).toEqual([0, 0]);
});
