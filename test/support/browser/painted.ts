/** When the widgets of a page have painted a change. */
import type { Page } from 'playwright-core';

/**
 * From now on. Returns a function that waits until all of them have changed, and gives the time at which the last one was painted, in ms since
 * 1970: browser and test are on one machine.
 */
export async function nextPaint(page: Page, selectors: readonly string[]): Promise<() => Promise<number>> {
  await page.evaluate((all) => {
    const painted = all.map((selector) => {
      const root = document.querySelector(selector)?.shadowRoot;
      if (!root) throw new Error(`There is no ${selector}.`);
      return new Promise<number>((resolve) => {
        const observer = new MutationObserver(() => {
          observer.disconnect();
          // After the frame that shows it.
          requestAnimationFrame(() => setTimeout(() => resolve(Date.now())));
        });
        observer.observe(root, { subtree: true, childList: true, characterData: true, attributes: true });
      });
    });
    Object.assign(globalThis, { painted: Promise.all(painted) });
  }, selectors);
  return async () =>
    Math.max(
      ...(await page.evaluate(() => (globalThis as unknown as { painted: Promise<number[]> }).painted)),
    );
}
