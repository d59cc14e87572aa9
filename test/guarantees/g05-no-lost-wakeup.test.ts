/** G5: NOTIFY is a hint, and a node that receives none looks by itself. */
import { expect, test } from 'vitest';
import { insertProject, until } from '../support/application/projects.ts';
import { NO_CACHE, QUIET, totalOf } from '../support/service/observing.ts';
import { runForTest } from '../support/service/running-service.ts';

test('a node that receives no notification is up to date soon', async () => {
  const one = await runForTest(QUIET, (sql) => insertProject(sql));
  const deaf = await runForTest(QUIET, undefined, { beside: one, listening: false });
  await insertProject(one.sql);
  expect(await totalOf(one, NO_CACHE)).toBe(2);
  // 1 s is promised: `npm run test:chaos` checks it where notifications are muted. How soon depends on the machine here.
  await until(async () => (await totalOf(deaf)) === 2);
});
