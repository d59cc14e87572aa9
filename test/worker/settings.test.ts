/** A Worker whose settings have faults, or do not fit the database. */
import { expect, test } from 'vitest';
import { refresh } from '../../src/engine/refresh.ts';
import { insertProject, until } from '../support/application/projects.ts';
import { engineContext } from '../support/service/engine-context.ts';
import { runWorkerForTest } from '../support/service/running-worker.ts';

test('a Worker for another time zone says in /readyz that it cannot serve, and what to do', async () => {
  const worker = await runWorkerForTest({ STATS_TIME_ZONE: 'Europe/Berlin' }, (sql) =>
    refresh(engineContext(sql)),
  );
  const ready = await worker.get('/readyz');
  expect(ready.status).toBe(503);
  // The first invocation of a busy machine may not have read the state row in time.
  await until(async () => (await (await worker.get('/readyz')).json()).checks.statistics.status === 'failed');
  expect((await (await worker.get('/readyz')).json()).checks.statistics).toEqual({
    status: 'failed',
    detail: expect.stringMatching(/for the time zone Asia\/Bangkok, .* Set STATS_TIME_ZONE=Asia\/Bangkok/),
  });
  expect((await worker.get('/stats/global')).status).toBe(503);
});

test('a Worker whose settings have faults answers nothing else, and its log names each', async () => {
  const worker = await runWorkerForTest({ CRON_AUDIT: '99 * * * *', EDGE_FRESH_SECONDS: '-1' });
  const answer = await worker.get('/stats/global');
  expect(answer.status).toBe(500);
  expect(answer.headers.get('Content-Type')).toBe('application/problem+json');
  expect((await answer.json()).detail).toMatch(/settings of this service have faults/);
  // The log comes by another way than the answer.
  await until(async () => worker.warnings.length > 0);
  expect(JSON.parse(worker.warnings[0] ?? '').faults).toEqual([
    'EDGE_FRESH_SECONDS ("-1") is not a whole number.',
    expect.stringMatching(/^CRON_AUDIT \("99 \* \* \* \*"\) .*: Invalid value for minute: 99.$/),
  ]);
  await expect(worker.tick()).rejects.toThrow();
});

test('an isolate takes as many streams as MAX_STREAMS says, whichever invocation has them', async () => {
  const worker = await runWorkerForTest({ MAX_STREAMS: '1' });
  const open = async () => {
    const leave = new AbortController();
    const { status, body } = await fetch(`${worker.base}/stats/stream?keys=global`, { signal: leave.signal });
    return { status, leave, reader: body?.getReader() };
  };
  const burst = await Promise.all(Array.from({ length: 5 }, open));
  expect(burst.map(({ status }) => status).sort()).toEqual([200, 503, 503, 503, 503]);
  for (const { leave } of burst) leave.abort();
  await until(async () => {
    // Something is written to the client that has gone.
    await insertProject(worker.sql);
    const next = await open();
    next.leave.abort();
    return next.status === 200;
  }, 15_000);
});
