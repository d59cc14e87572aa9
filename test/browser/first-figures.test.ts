import { afterAll, beforeAll, expect, test } from 'vitest';
import { recordShifts } from '../support/browser/shifts.ts';
import { openSite, type Site } from '../support/browser/site.ts';
import { visit } from '../support/browser/visit.ts';

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site.close());

test('a page shows its first figures without any script', async () => {
  // Chromium preloads what it will not run.
  const page = await visit(site.base, { javaScriptEnabled: false, expected: /chunk-.* csp$/ });
  await page.goto('/?lang=en');
  await page.locator('stats-number').first().getByText('300', { exact: true }).waitFor();
  expect(await page.title()).toBe('Overview · Solar projects');
});

test('scripts take a page over without any change of what is seen, and nothing moves', async () => {
  const page = await visit(site.base);
  const shifts = await recordShifts(page);
  await page.goto('/?lang=en', { waitUntil: 'commit' });
  const main = page.locator('main');
  const before = await main.ariaSnapshot();
  expect(before).toContain('Capacity');
  await page.locator('stats-number:defined').first().waitFor();
  await page.waitForLoadState('load');
  expect(await main.ariaSnapshot()).toBe(before);
  expect(await shifts()).toEqual([]);
});
