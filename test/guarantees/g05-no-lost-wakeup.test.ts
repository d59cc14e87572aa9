/** G5: NOTIFY is a hint, and a node that receives none is up to date within a second. */
import { expect, test } from 'vitest';
import { insertProject, until } from '../support/application/projects.ts';
import { NO_CACHE, QUIET, totalOf } from '../support/service/observing.ts';
import { runForTest } from '../support/service/running-service.ts';

test('a node that receives no notification is up to date within a second', async () => {
  const one = await runForTest(QUIET, (sql) => insertProject(sql));
  const deaf = await runForTest(QUIET, undefined, { beside: one, listening: false });
  await insertProject(one.sql);
  expect(await totalOf(one, NO_CACHE)).toBe(2);
  const waitedMs = await until(async () => (await totalOf(deaf)) === 2);
  // 1 s is promised; a busy machine is given as much again.
  expect(waitedMs).toBeLessThan(2_000);
});
