/** Each page in both languages and both themes, on a desktop and on a phone. SCREENSHOTS=folder keeps a picture of each. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { violations } from '../support/browser/axe.ts';
import { openSite, type Site } from '../support/browser/site.ts';
import { PHONE, visit } from '../support/browser/visit.ts';

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

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site.close());

async function picture(page: Page, name: string): Promise<void> {
  // To hide the caret it would add a style, which the policy forbids.
  if (FOLDER) await page.screenshot({ path: `${FOLDER}/${name}.png`, fullPage: true, caret: 'initial' });
}

describe.each(Object.entries(PAGES))('the page %s', (name, path) => {
  test.for(LANGUAGES)('in %s breaks no rule of axe', async (lang, { skip }) => {
    const { headers } = await site.get(path, { Accept: 'text/html' });
    if (!headers.get('Content-Type')?.startsWith('text/html')) skip('it is not there yet');
    const page = await visit(site.base);
    await page.goto(`${path}?lang=${lang}`);
    await page.waitForLoadState('load');
    expect(await page.getAttribute('html', 'lang')).toBe(lang);

    expect(await violations(page)).toEqual([]);
    await picture(page, `${name}-${lang}-light-desktop`);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await violations(page, ['color-contrast'])).toEqual([]);
    await picture(page, `${name}-${lang}-dark-desktop`);

    await page.setViewportSize(PHONE);
    expect(await violations(page, ['target-size', 'color-contrast'])).toEqual([]);
    await picture(page, `${name}-${lang}-dark-phone`);
    await page.emulateMedia({ colorScheme: 'light' });
    await picture(page, `${name}-${lang}-light-phone`);
  });
});
