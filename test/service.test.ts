import { expect, test } from 'vitest';
import { refresh } from '../src/engine/refresh.ts';
import { TimeZoneMismatchError } from '../src/errors.ts';
import { runService } from './support/running-service.ts';

test('a node of another time zone refuses to start and says how to change it', async () => {
  const starting = runService({ STATS_TIME_ZONE: 'Europe/Berlin' }, (sql) =>
    refresh({ sql, timeZone: 'Asia/Bangkok', ttlSeconds: 300, engine: 'scan' }),
  );
  await expect(starting).rejects.toThrow(TimeZoneMismatchError);
  await expect(starting).rejects.toMatchObject({ help: expect.stringContaining('recompute --full') });
});
