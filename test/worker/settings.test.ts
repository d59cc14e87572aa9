/** A Worker whose settings do not fit the database. */
import { expect, test } from 'vitest';
import { refresh } from '../../src/engine/refresh.ts';
import { runWorker } from '../support/running-worker.ts';

test('one for another time zone says in /readyz that it cannot serve, and what to do', async () => {
  const worker = await runWorker({ STATS_TIME_ZONE: 'Europe/Berlin' }, (sql) =>
    refresh({ sql, timeZone: 'Asia/Bangkok', ttlSeconds: 300, engine: 'incremental' }),
  );
  try {
    const ready = await worker.get('/readyz');
    expect(ready.status).toBe(503);
    expect((await ready.json()).checks.statistics).toEqual({
      status: 'failed',
      detail: expect.stringMatching(/for the time zone Asia\/Bangkok, .* Set STATS_TIME_ZONE=Asia\/Bangkok/),
    });
    expect((await worker.get('/stats/global')).status).toBe(500);
  } finally {
    await worker.close();
  }
});
