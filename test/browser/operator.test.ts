import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { violations } from '../support/browser/axe.ts';
import { siteForAll } from '../support/browser/site.ts';
import { PHONE, visit } from '../support/browser/visit.ts';
import { ADMIN_TOKEN } from '../support/service/asking.ts';

const site = siteForAll({ CRON_REFRESH_EXPIRED: 'off' });

async function enter(page: Page, lang: string, token = ADMIN_TOKEN): Promise<void> {
  await page.goto(`/operator?lang=${lang}`);
  await page.locator('#token').fill(token);
  await page.locator('.login button:enabled').waitFor();
  await page.keyboard.press('Enter');
}

test('a wrong token is refused in words, and the right one is kept in memory only', async () => {
  const page = await visit(site.base, { expected: /401/ });
  await enter(page, 'en', 'a wrong token');
  await page.getByRole('alert').getByText('This token is wrong.').waitFor();
  await enter(page, 'en');
  await page.getByRole('heading', { name: 'Documents' }).waitFor();
  const kept = await page.evaluate(() =>
    JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
  );
  expect(kept + page.url()).not.toContain(ADMIN_TOKEN);
  await page.reload();
  await page.locator('#token').waitFor();
});

test('without script the page says that it needs one, and not that something is being loaded', async () => {
  const page = await visit(site.base, { javaScriptEnabled: false, expected: /assets\/.* csp$/ });
  await page.goto('/operator?lang=en');
  await page.locator('noscript .notice').waitFor();
  expect(await page.getByText('Loading').isVisible()).toBe(false);
});

test('an invalidation by keyboard asks for a reason, is done, and stands in the trail', async () => {
  const page = await visit(site.base);
  await enter(page, 'en');
  await page.getByLabel('Choose global').focus();
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: 'Invalidate' }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Invalidate: one document' });
  await dialog.waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Invalidate');
  await page.keyboard.press('Enter');
  await dialog.getByLabel('Reason').fill('<b>a try</b>');
  await dialog.getByRole('button', { name: 'Invalidate' }).click();
  await page.getByRole('status').getByText('Invalidate: one document: revision').waitFor();
  await page
    .locator('.trail tbody tr')
    .filter({ hasText: 'Invalidate: global' })
    .getByText('<b>a try</b>')
    .waitFor();
});

test('a job is run, and how it ended is said', async () => {
  const page = await visit(site.base);
  await enter(page, 'th');
  await page.getByRole('button', { name: 'เริ่มทันที: purge' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'เริ่มงาน: purge' }).click();
  await page.getByRole('status').getByText('สำเร็จ').waitFor();
});

test('a run that waited for the database says when it was due', async () => {
  await site.sql`INSERT INTO dashboard_stats.job_runs (job, scheduled_at, started_at, finished_at, outcome, detail, node)
    VALUES ('audit', now() - INTERVAL '630 s', now() - INTERVAL '90 s', now() - INTERVAL '89 s', 'succeeded', '', 'a')`;
  const page = await visit(site.base);
  await enter(page, 'en');
  const run = page.locator('.jobs tr', { hasText: 'audit' }).locator('li', { hasText: 'was due' });
  await run.getByText('succeeded 1 min. ago (was due 10 min. ago)').waitFor();
});

test.each(['th', 'en'])('the operator’s page in %s breaks no rule of axe, and fits a phone', async (lang) => {
  // Before the token is entered: every-page.test.ts.
  const page = await visit(site.base);
  await enter(page, lang);
  await page.locator('.trail').waitFor();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await violations(page)).toEqual([]);
  }
  const cut = (side: 'Width' | 'Height') =>
    page
      .locator('.scroll')
      .evaluateAll(
        (boxes, side) =>
          boxes.filter((box) => box[`scroll${side}`] > box[`client${side}`]).map((box) => box.textContent),
        side,
      );
  expect(await cut('Height')).toEqual([]);
  await page.locator('.jobs button').first().click();
  expect(await violations(page)).toEqual([]);
  await page.setViewportSize(PHONE);
  expect(await cut('Width')).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.width);
});

test('a reason of one long word leaves the result beside it in sight', async () => {
  await site.post('/stats/invalidate', { keys: ['global'], reason: 'x'.repeat(500) });
  const page = await visit(site.base);
  await enter(page, 'en');
  const row = page.locator('.trail tbody tr').filter({ hasText: 'xxx' });
  await row.waitFor();
  expect(await page.locator('.trail .scroll').evaluate((one) => one.scrollWidth <= one.clientWidth)).toBe(
    true,
  );
});
