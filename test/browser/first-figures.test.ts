import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { recordShifts } from '../support/browser/shifts.ts';
import { siteForAll } from '../support/browser/site.ts';
import { visit } from '../support/browser/visit.ts';

const site = siteForAll();

/** What people see and screen readers read, as a text. The map is a table before its script is there. */
async function seen(page: Page): Promise<string[]> {
  const parts = await page.locator('main > :not(script):not(:has(stats-map))').all();
  return Promise.all(parts.map((part) => part.ariaSnapshot()));
}

test('a page shows its first figures without script; with scripts it shows the same, and nothing moves', async () => {
  // Chromium preloads what it will not run.
  const bare = await visit(site.base, { javaScriptEnabled: false, expected: /assets\/.* csp$/ });
  await bare.goto('/?lang=en');
  await bare.locator('stats-number').first().getByText('300', { exact: true }).waitFor();

  const page = await visit(site.base);
  const shifts = await recordShifts(page);
  await page.goto('/?lang=en');
  await page.locator('stats-number:defined').first().waitFor();
  await page.locator('stats-map [role=listbox]').waitFor();
  await bare.locator('stats-map table').waitFor();
  expect(await seen(page)).toEqual(await seen(bare));
  expect(await shifts()).toEqual([]);
});
