/** What moves on a page without anybody having asked for it (Layout Instability API). */
import type { Page } from 'playwright-core';

interface LayoutShift extends PerformanceEntry {
  value: number;
  hadRecentInput: boolean;
  sources: { node: Node | null; previousRect: DOMRect; currentRect: DOMRect }[];
}

/** Before the page is opened. Returns a function that gives a line for each shift so far. */
export async function recordShifts(page: Page): Promise<() => Promise<string[]>> {
  await page.addInitScript(() => {
    const seen: string[] = [];
    Object.assign(globalThis, { shiftsSeen: seen });
    const place = ({ x, y, width, height }: DOMRect) => [x, y, width, height].map(Math.round).join(' ');
    new PerformanceObserver((list) => {
      for (const { value, hadRecentInput, sources } of list.getEntries() as LayoutShift[]) {
        // A browser that has half of a heading may move its note by some pixels when the rest comes; Lighthouse shows three decimals.
        if (hadRecentInput || value < 0.0005) continue;
        const moved = sources.map(({ node, previousRect, currentRect }) => {
          const element = node instanceof Element ? node : node?.parentElement;
          const name = element ? `${element.localName}.${element.className}` : 'within a shadow root';
          const text = node?.textContent?.trim().slice(0, 40);
          return `${name} "${text}" ${place(previousRect)} to ${place(currentRect)}`;
        });
        seen.push(`${value.toFixed(5)}: ${moved.join('; ')}`);
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  return () => page.evaluate(() => (globalThis as unknown as { shiftsSeen: string[] }).shiftsSeen);
}
