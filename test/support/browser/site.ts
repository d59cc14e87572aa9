/** The whole service on 127.0.0.1 with the demo's projects, as browsers see it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { seedDemo } from '../../../src/demo/seed.ts';
import { ADMIN_TOKEN } from '../service/asking.ts';
import { type Listening, listening } from '../service/listening.ts';
import { type RunningService, runService, sharedByAll } from '../service/running-service.ts';

export type Site = Omit<RunningService, 'close'> & Listening & { close(): Promise<void> };

async function openSite(environment: Record<string, string> = {}): Promise<Site> {
  const service = await runService(environment, (sql) => seedDemo(sql, { projects: 300, seed: 1 }));
  // The days before the first start are estimated beside everything else.
  const history = '/stats/global/history?metrics=totalProjects';
  const estimated = async () =>
    (await (await service.get(history, { Authorization: `Bearer ${ADMIN_TOKEN}` })).json()).estimated.length;
  while ((await estimated()) === 0) await sleep(50);
  const server = await listening(service);
  return {
    ...service,
    ...server,
    close: async () => {
      server.close();
      await service.close();
    },
  };
}

/** One for all tests of the file. */
export function siteForAll(environment?: Record<string, string>): Site {
  return sharedByAll(() => openSite(environment));
}

/** It ends with the test. */
export async function siteForTest(environment?: Record<string, string>): Promise<Site> {
  const site = await openSite(environment);
  onTestFinished(site.close);
  return site;
}
