/** Widgets on somebody else's page, under the strict policy that docs/widgets.md promises to keep. */
import { expect, test } from 'vitest';
import { WIDGETS } from '../../src/dashboard/catalogue.ts';
import { COMMON_ATTRIBUTES } from '../../src/dashboard/widget.ts';
import { siteForTest } from '../support/browser/site.ts';
import { visit } from '../support/browser/visit.ts';
import { serveForTest } from '../support/servers/http.ts';

/** Another origin: another port is one. */
async function otherOrigin() {
  const page = { html: '', policy: '' };
  const { base } = await serveForTest((request, response) => {
    if (request.url !== '/') return response.writeHead(204).end();
    return response
      .writeHead(200, { 'Content-Type': 'text/html', 'Content-Security-Policy': page.policy })
      .end(page.html);
  });
  return { page, origin: base };
}

const htmlOf = (
  base: string,
  body: string,
) => `<!doctype html><html lang="en"><head><title>Somebody else</title>
  <script type="module" src="${base}/widgets.js"></script></head><body>${body}</body></html>`;

/** A page of another origin with these elements in it. */
async function embedded(body: string) {
  const { page: foreign, origin } = await otherOrigin();
  const site = await siteForTest({ CORS_ORIGINS: origin, CRON_AUDIT: 'off' });
  foreign.html = htmlOf(site.base, body);
  const page = await visit(origin, { hosts: [new URL(site.base).host] });
  await page.goto('/');
  return page;
}

test('every widget works on another origin under a strict Content-Security-Policy, shows texts of the database as text, and says which attribute is wrong', async () => {
  const { page: foreign, origin } = await otherOrigin();
  const site = await siteForTest({ CORS_ORIGINS: origin, CRON_AUDIT: 'off' });
  const evil = '<img src=x onerror=alert(1)>';
  await site.sql`
    UPDATE "Projects" SET "ProjectName" = ${evil}, "Province" = ${evil}, "Status" = 1, "EstimatedEndDate" = now() - interval '900 days'
    WHERE "ProjectId" = (SELECT min("ProjectId"::text)::uuid FROM "Projects")`;
  foreign.policy = `default-src 'self'; script-src ${site.base}; connect-src ${site.base}; style-src 'self'`;
  foreign.html = htmlOf(
    site.base,
    `<main><h1>Somebody else</h1>${WIDGETS.map(({ example }) => example).join('')}
    ${'<stats-number class="wrong" metric="overdu"></stats-number>'.repeat(2)}</main>`,
  );

  const advice = '<stats-number> metric="overdu" is not known. Did you mean schedule.overdue?';
  const page = await visit(origin, { hosts: [new URL(site.base).host], expected: new RegExp(advice) });
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  await page.goto('/');
  for (const { tag } of WIDGETS) {
    const widget = page.locator(tag).first();
    await widget.getByText(/\d/).first().waitFor();
    expect(await widget.getByText('No figures yet').count()).toBe(0);
  }
  await page.locator('.wrong').last().getByText('Did you mean schedule.overdue?').waitFor();
  expect(said).toEqual([advice]);
  // They would hide what every element has, and break its types.
  const names = WIDGETS.flatMap(({ attributes }) => Object.keys({ ...attributes, ...COMMON_ATTRIBUTES }));
  const taken = await page.evaluate((all) => all.filter((name) => name in HTMLElement.prototype), names);
  expect([...new Set(taken)]).toEqual(['lang']);
  expect(await page.locator('img').count()).toBe(0);
  expect(site.streams.open).toBe(1);
});

test('elements share a grid that is narrower than they would like to be', async () => {
  const page =
    await embedded(`<div style="display: grid; grid-template-columns: repeat(4, 1fr); width: 600px">
    ${'<stats-number></stats-number>'.repeat(4)}</div>`);
  await page.locator('stats-number').getByText(/\d/).last().waitFor();
  const widths = await page.locator('stats-number').evaluateAll((all) => all.map((one) => one.clientWidth));
  expect(widths).toEqual([150, 150, 150, 150]);
});

test('an element in a row of a flex container is as wide as its words need, where the page says nothing', async () => {
  const page = await embedded(
    '<div style="display: flex"><stats-number></stats-number><stats-status></stats-status></div>',
  );
  for (const tag of ['stats-number', 'stats-status']) {
    await page.locator(tag).getByText(/\d/).first().waitFor();
    const frame = page.locator(`${tag} section`);
    const { width, needed } = await frame.evaluate((one) => ({
      width: one.clientWidth,
      needed: one.scrollWidth,
    }));
    expect(needed, tag).toBe(width);
    expect(await page.locator(tag).evaluate((one) => one.clientWidth), tag).toBeGreaterThanOrEqual(width);
  }
});
