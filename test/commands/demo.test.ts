/** What a person and a script see of `demo` and `demo-change`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { freePort } from '../../src/embedded/free-port.ts';
import { databaseForTest } from '../support/servers/database.ts';
import { folderForTest } from '../support/servers/folder.ts';
import { startCommand } from '../support/service/command-line.ts';
import { typeCommand } from '../support/service/typed-command.ts';

test('demo fills a database, and demo-change refuses it: it is not the embedded one', async () => {
  const { url, sql } = await databaseForTest();
  const demo = await typeCommand('demo --projects 20 --json', { DATABASE_URL: url });
  expect(JSON.parse(demo.stdout)).toMatchObject({ projects: 20, historyDays: 90 });
  const all = () => sql`SELECT p::text AS row FROM "Projects" AS p ORDER BY "ProjectId"`;
  const before = await all();
  const { code, stdout, stderr } = await typeCommand('demo-change --json', { DATABASE_URL: url });
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'not-the-demo' } });
  expect(stderr).toContain('DATABASE_URL names a database of yours. Nothing was changed.');
  expect(await all()).toEqual(before);
});

test('the embedded demo starts with its past and classified; it changes by itself, and by demo-change', {
  timeout: 120_000,
}, async () => {
  const DATA_DIR = await folderForTest();
  const PORT = String(await freePort());
  const serve = startCommand(['serve'], { DATA_DIR, PORT, LOG_LEVEL: 'debug' });
  // Nobody reads a demo that is not complete.
  const early = new Set<string>();
  const started = serve.said('Admin token').then(() => true);
  for (let isStarted = false, isLast = false; !isLast; ) {
    isLast = isStarted;
    const path = `http://127.0.0.1:${PORT}/stats/global?fields=totalProjects`;
    const answer = await fetch(path).catch(() => undefined);
    if (answer)
      early.add(
        answer.ok
          ? JSON.stringify(((await answer.json()) as { statistics: object }).statistics)
          : String(answer.status),
      );
    isStarted = (await Promise.race([started, sleep(50)])) === true;
  }
  expect([...early].sort()).toEqual(['503', '{"totalProjects":1000}']);
  const get = async <T>(path: string): Promise<T> => {
    const answer = await fetch(`http://127.0.0.1:${PORT}${path}`);
    return (await answer.json()) as T;
  };

  const history = await get<{ estimated: string[]; series: { totalProjects: number[] } }>(
    '/stats/global/history?metrics=totalProjects',
  );
  expect(history.estimated).toEqual([]);
  expect(history.series.totalProjects).toHaveLength(90);
  expect(history.series.totalProjects).not.toContain(null);
  const unknown = await get<{ statistics: { totalProjects: number } }>('/stats/regions/unknown');
  expect(unknown.statistics.totalProjects).toBeLessThan(80);

  const again = await typeCommand('serve', { DATA_DIR, PORT });
  expect(again.code).toBe(1);
  expect(again.stderr).toContain(`dashboard-stats is already running at http://127.0.0.1:${PORT}/`);
  expect(again.stderr).toContain(`PORT=${Number(PORT) + 1} DATA_DIR=.data-2 npm run --silent cli -- serve`);

  const change = await typeCommand('demo-change --json', { DATA_DIR });
  expect(JSON.parse(change.stdout).change).toMatchObject({
    projectId: expect.any(String),
    what: expect.any(String),
  });
  const text = await typeCommand('demo-change', { DATA_DIR });
  expect(text.stdout).toMatch(/\nChanged .+ \([0-9a-f-]{36}\): .+\n$/);

  await serve.said('Demo activity: a made-up project was changed.');
  serve.kill('SIGTERM');
  expect(await serve.ended).toMatchObject({ code: 0 });
});
