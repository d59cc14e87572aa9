/** What axe-core finds against accessibility, shadow roots included. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const source = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

declare const axe: typeof import('axe-core');

/** @param rules only these; default: all of them. Returns a line for each element that breaks one. */
export async function violations(page: Page, rules?: readonly string[]): Promise<string[]> {
  // Not as a script of the page: its policy allows none from elsewhere.
  await page.evaluate(source);
  const results: Pick<AxeResults, 'violations'> = await page.evaluate(
    (only) =>
      axe.run(document, {
        resultTypes: ['violations'],
        // It would read stylesheets by a way that the policy forbids.
        preload: false,
        ...(only && { runOnly: { type: 'rule', values: [...only] } }),
      }),
    rules,
  );
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, any, all }) => `${id}: ${target.join(' ')}: ${[...any, ...all][0]?.message ?? ''}`),
  );
}
