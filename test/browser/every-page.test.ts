/** Each page in both languages and both themes, on a desktop and on a phone. SCREENSHOTS=folder keeps a picture of each. */
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { violations } from '../support/browser/axe.ts';
import { siteForAll } from '../support/browser/site.ts';
import { DESKTOP, PHONE, visit } from '../support/browser/visit.ts';

const PAGES = {
  overview: '/',
  map: '/map',
  regions: '/regions',
  region: '/regions/northern',
  facilities: '/facilities',
  facility: '/facilities/reservoir',
  list: '/lists/overdue',
  operator: '/operator',
  widgets: '/widgets',
  docs: '/docs',
  missing: '/regions/nowhere',
};
const LANGUAGES = ['th', 'en'];
const FOLDER = process.env['SCREENSHOTS'];

const site = siteForAll();

const width = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth);

/** What is wider than its place and does not say so, words of a table's headings that break apart, and labels of a chart that touch. */
const misfits = (page: Page) =>
  page.evaluate(() => {
    const isBroken = (text: Text) =>
      [...text.data.matchAll(/[a-z]+|โซ\u2060?ลาร์|ตะวัน\u2060?(ตก|ออก)|เฉียง\u2060?เหนือ|คืบ\u2060?หน้า/gi)].some(
        ([word], i, all) => {
          const range = document.createRange();
          range.setStart(text, all[i]?.index ?? 0);
          range.setEnd(text, (all[i]?.index ?? 0) + word.length);
          return new Set([...range.getClientRects()].map(({ top }) => top)).size > 1;
        },
      );
    const found: string[] = [];
    const look = (root: Document | ShadowRoot) => {
      for (const one of root.querySelectorAll('*')) {
        if (one.shadowRoot) look(one.shadowRoot);
        const name = `${root instanceof ShadowRoot ? root.host.localName : ''} ${one.localName}: ${one.textContent?.slice(0, 30)}`;
        if (one.matches('.card, .tile, .top nav, .languages, .filter') && one.scrollWidth > one.clientWidth)
          found.push(name);
        const labels = one.matches('.marks') ? [...one.querySelectorAll('.label')] : [];
        const places = labels.map((label) => label.getBoundingClientRect()).filter(({ width }) => width > 0);
        if (places.some(({ left }, i) => left < (places[i - 1]?.right ?? -1) + 1)) found.push(name);
        const texts = one.matches(
          '.sortable th.name *, .heat th, .heat th *, .list th.progress, .list .places',
        )
          ? [...one.childNodes]
          : [];
        if (texts.some((text) => text instanceof Text && isBroken(text))) found.push(name);
      }
    };
    look(document);
    return found;
  });

async function picture(page: Page, name: string): Promise<void> {
  // To hide the caret it would add a style, which the policy forbids.
  if (FOLDER) await page.screenshot({ path: `${FOLDER}/${name}.png`, fullPage: true, caret: 'initial' });
}

describe.each(Object.entries(PAGES))('the page %s', (name, path) => {
  test.each(LANGUAGES)('in %s breaks no rule of axe, and never scrolls sideways', async (lang) => {
    const page = await visit(site.base, name === 'missing' ? { expected: /status of 404/ } : {});
    await page.goto(`${path}?lang=${lang}`);
    await page.waitForLoadState('load');
    expect(await page.getAttribute('html', 'lang')).toBe(lang);

    expect(await violations(page)).toEqual([]);
    await picture(page, `${name}-${lang}-light-desktop`);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await violations(page, ['color-contrast'])).toEqual([]);
    await picture(page, `${name}-${lang}-dark-desktop`);

    // The narrowest window with a header of one line.
    await page.setViewportSize({ ...DESKTOP, width: 1001 });
    expect(await width(page)).toBe(1001);
    expect(await misfits(page)).toEqual([]);

    await page.setViewportSize({ ...PHONE, width: 320 });
    expect(await width(page)).toBe(320);
    expect(await misfits(page)).toEqual([]);
    await page.setViewportSize(PHONE);
    expect(await width(page)).toBe(PHONE.width);
    expect(await misfits(page)).toEqual([]);
    expect(await violations(page, ['target-size', 'color-contrast'])).toEqual([]);
    await picture(page, `${name}-${lang}-dark-phone`);
    await page.emulateMedia({ colorScheme: 'light' });
    await picture(page, `${name}-${lang}-light-phone`);

    // As 200 % is laid out: half as many pixels of CSS.
    await page.setViewportSize({ width: DESKTOP.width / 2, height: DESKTOP.height / 2 });
    expect(await width(page)).toBe(DESKTOP.width / 2);
  });
});

test('a region with a long name of one word leaves its figures and the header whole', async () => {
  const { sql } = site;
  const long = 'x'.repeat(100);
  await sql`INSERT INTO "ProjectRegions" ("RegionName", "RegionDisplayName", "Provinces") VALUES ('long', ${long}, '[]')`;
  const page = await visit(site.base);
  for (const viewport of [DESKTOP, PHONE]) {
    await page.setViewportSize(viewport);
    await page.goto('/regions?lang=en');
    const row = page.locator('stats-heatmap').first().getByRole('row', { name: long });
    expect((await row.getByRole('cell').first().boundingBox())?.x).toBeLessThan(viewport.width * 0.6);
    expect(await width(page)).toBe(viewport.width);
  }
  await page.setViewportSize({ ...DESKTOP, width: 1001 });
  const isWhole = (button: Element) => button.scrollWidth <= button.clientWidth;
  expect(await page.locator('.filter button').evaluate(isWhole)).toBe(true);
});
