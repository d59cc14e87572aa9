/** A person before a screen: a page in a context of its own, and everything that a good page does not do. */
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { browser } from './chromium.ts';

export const DESKTOP = { width: 1360, height: 900 };
export const PHONE = { width: 390, height: 844 };

interface VisitOptions extends BrowserContextOptions {
  /** Complaints that the test brings about. */
  expected?: RegExp;
  /** Hosts beside that of the page that may be asked. */
  hosts?: readonly string[];
}

/**
 * Opens a page at `base`, without going anywhere yet. The test fails where the page writes to the console, throws, loads something in vain, or
 * asks another host than its own.
 */
export async function visit(base: string, options: VisitOptions = {}): Promise<Page> {
  const context = await newContext(base, options);
  return context.newPage();
}

/** See visit; for tests with more than one tab. */
export async function newContext(
  base: string,
  { expected, hosts = [], ...options }: VisitOptions = {},
): Promise<BrowserContext> {
  const context = await (await browser()).newContext({
    baseURL: base,
    locale: 'en-GB',
    timezoneId: 'Asia/Bangkok',
    viewport: DESKTOP,
    ...options,
  });
  context.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  context.on('console', (message) =>
    complaints.push(`console ${message.type()}: ${message.text()} ${message.location().url}`),
  );
  context.on('weberror', (error) => complaints.push(`thrown: ${error.error().stack}`));
  context.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText;
    // What a page was loading when it was left.
    if (reason !== 'net::ERR_ABORTED') complaints.push(`failed: ${request.url()} ${reason}`);
  });
  const own = [new URL(base).host, ...hosts];
  context.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol !== 'data:' && protocol !== 'blob:' && !own.includes(host))
      complaints.push(`another host: ${request.url()}`);
  });
  onTestFinished(async () => {
    await context.close();
    expect(complaints.filter((complaint) => !expected?.test(complaint))).toEqual([]);
  });
  return context;
}
