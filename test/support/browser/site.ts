/** The whole service on 127.0.0.1 with the demo's projects, as browsers see it. */
import { seedDemo } from '../../../src/demo/seed.ts';
import { type Listening, listening } from '../service/listening.ts';
import { type RunningService, runService } from '../service/running-service.ts';

export type Site = Omit<RunningService, 'close'> & Listening & { close(): Promise<void> };

export async function openSite(environment: Record<string, string> = {}, projects = 300): Promise<Site> {
  const service = await runService(environment, (sql) => seedDemo(sql, { projects, seed: 1 }));
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
