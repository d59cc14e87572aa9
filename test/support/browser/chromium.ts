/** One browser for the whole run; each visit has a context of its own, which is cheap. */
import { type Browser, chromium } from 'playwright-core';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import { LAUNCH } from './launch.ts';

declare module 'vitest' {
  interface ProvidedContext {
    browser: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await chromium.launchServer(LAUNCH);
  project.provide('browser', server.wsEndpoint());
  return () => server.close();
}

let connected: Promise<Browser> | undefined;

/** The run's browser, for one file of tests. */
export function browser(): Promise<Browser> {
  connected ??= chromium.connect(inject('browser'));
  return connected;
}
