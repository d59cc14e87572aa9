import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { type Site, siteForTest } from '../support/browser/site.ts';
import { newContext, visit } from '../support/browser/visit.ts';

const QUIET = { CRON_AUDIT: 'off' };

/** A project that was in progress is completed, and turns out to lie elsewhere. */
const complete = ({ sql }: Site) => sql`
  UPDATE "Projects" SET "Status" = 2, "Province" = 'ตาก'
  WHERE "ProjectId" = (
    SELECT "ProjectId" FROM "Projects"
    WHERE "Status" = 1 AND "Region" IS NOT NULL AND "Province" <> 'ตาก' ORDER BY "ProjectId" LIMIT 1)`;

const SHOWN = ['stats-number[metric=completionPercentage]', 'stats-table[rows=regions]', 'stats-map'];

async function openOverview(site: Site, page: Page): Promise<Page> {
  await page.goto('/?lang=en');
  await page.locator('stats-status:defined').waitFor();
  await expect.poll(() => site.streams.open).toBeGreaterThan(0);
  return page;
}

/** From now on. Returns a function that waits until each of these widgets has changed. */
async function changesOf(page: Page, selectors: readonly string[]): Promise<() => Promise<unknown>> {
  await page.evaluate((all) => {
    const changes = all.map((selector) => {
      const root = document.querySelector(selector)?.shadowRoot;
      if (!root) throw new Error(`There is no ${selector}.`);
      return new Promise((resolve) => {
        const parts = { subtree: true, childList: true, characterData: true, attributes: true };
        new MutationObserver(() => resolve(true)).observe(root, parts);
      });
    });
    Object.assign(globalThis, { changes: Promise.all(changes) });
  }, selectors);
  return () => page.evaluate(() => (globalThis as unknown as { changes: Promise<unknown> }).changes);
}

/** Chromium without a window hides no tab by itself. */
const show = (page: Page, state: DocumentVisibilityState) =>
  page.evaluate((now) => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, value: now });
    document.dispatchEvent(new Event('visibilitychange'));
  }, state);

const completed = async (page: Page) =>
  Number(await page.locator('stats-status li').filter({ hasText: 'Completed' }).locator('b').textContent());

test('an UPDATE in SQL changes tile, table and map without a reload', async () => {
  const site = await siteForTest(QUIET);
  const page = await openOverview(site, await visit(site.base));
  const before = await completed(page);
  const changes = await changesOf(page, SHOWN);
  await complete(site);
  await changes();
  await expect.poll(() => completed(page)).toBe(before + 1);
});

test('while the database is away figures stay, marked as stale with since when; they heal by themselves', async () => {
  const site = await siteForTest(QUIET);
  const page = await openOverview(site, await visit(site.base));
  const before = await completed(page);
  const live = page.locator('stats-live').first();
  site.proxy.mode = 'hangUp';
  site.proxy.cut();
  await live.getByText(/Stale since \d\d:\d\d:\d\d/).waitFor({ timeout: 15_000 });
  await page.locator('stats-number .stale').first().waitFor();
  expect(await completed(page)).toBe(before);
  site.proxy.mode = 'pass';
  await complete(site);
  await live.getByText('Live').waitFor({ timeout: 15_000 });
  await expect.poll(() => completed(page)).toBe(before + 1);
  expect(await page.locator('stats-number .stale').count()).toBe(0);
});

test('a page whose connection was cut goes on by itself', async () => {
  const site = await siteForTest(QUIET);
  const page = await openOverview(site, await visit(site.base, { expected: /ERR_|Failed to load resource/ }));
  const before = await completed(page);
  site.cut();
  await complete(site);
  await expect.poll(() => completed(page), { timeout: 15_000 }).toBe(before + 1);
});

test('two tabs have one stream; when its tab is closed the other one has it, and a hidden tab has none until it is seen', async () => {
  const site = await siteForTest(QUIET);
  const context = await newContext(site.base);
  const [first, second] = [
    await openOverview(site, await context.newPage()),
    await openOverview(site, await context.newPage()),
  ];
  const before = await completed(second);
  expect(site.streams.open).toBe(1);
  await complete(site);
  await expect.poll(() => Promise.all([first, second].map(completed))).toEqual([before + 1, before + 1]);
  expect(site.streams.open).toBe(1);
  await first.close();
  await complete(site);
  await expect.poll(() => completed(second), { timeout: 10_000 }).toBe(before + 2);
  expect(site.streams.open).toBe(1);

  await show(second, 'hidden');
  await expect.poll(() => site.streams.open).toBe(0);
  await complete(site);
  await show(second, 'visible');
  await expect.poll(() => completed(second), { timeout: 10_000 }).toBe(before + 3);
  expect(site.streams.open).toBe(1);
});
