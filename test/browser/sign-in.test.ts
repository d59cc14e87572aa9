/** Pages of a service that gives figures only to those who send a token. */
import { expect, test } from 'vitest';
import { violations } from '../support/browser/axe.ts';
import { siteForTest } from '../support/browser/site.ts';
import { visit } from '../support/browser/visit.ts';
import { ADMIN_TOKEN } from '../support/service/asking.ts';

test('where reading takes a token, a page asks for it, shows live figures, and keeps it in memory from page to page', async () => {
  const site = await siteForTest({ READ_AUTH: 'required', CRON_AUDIT: 'off' });
  const page = await visit(site.base, { expected: /401/ });
  await page.goto('/?lang=en');
  expect(await violations(page)).toEqual([]);
  const signIn = async (token: string) => {
    await page.getByLabel('Token').fill(token);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };
  await signIn('a wrong token');
  await page.getByRole('alert').getByText('does not accept this token').waitFor();
  await signIn(ADMIN_TOKEN);
  const total = page.locator('stats-number').first();
  await total.getByText('300', { exact: true }).waitFor();
  expect(await page.title()).toBe('Overview · Solar projects');
  await page.locator('stats-live').first().getByText('Live').waitFor();
  await site.sql`DELETE FROM "Projects" WHERE "ProjectId" = (SELECT min("ProjectId"::text)::uuid FROM "Projects")`;
  await total.getByText('299', { exact: true }).waitFor();

  await page.getByRole('link', { name: 'Northern Thailand' }).first().click();
  await page.waitForURL('**/regions/northern');
  await page.getByRole('heading', { level: 1, name: 'Northern Thailand' }).waitFor();
  await page.locator('stats-live').first().getByText('Live').waitFor();
  await page.getByRole('combobox', { name: 'Region or facility type' }).selectOption('facility:reservoir');
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await page.waitForURL('**/facilities/reservoir');
  await page.goBack();
  await page.getByRole('heading', { level: 1, name: 'Northern Thailand' }).waitFor();
  await expect.poll(() => site.streams.open).toBe(1);

  const kept = await page.evaluate(() =>
    JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
  );
  expect(kept + page.url()).not.toContain(ADMIN_TOKEN);
  await page.reload();
  await page.getByLabel('Token').waitFor();
});
