/** G3: a committed change reaches every node by itself. How soon is measured by bench:live, which no test asserts. */
import { expect, test } from 'vitest';
import { insertProject, until } from '../support/application/projects.ts';
import { QUIET, totalOf } from '../support/service/observing.ts';
import { runForTest } from '../support/service/running-service.ts';

test('a committed change is in the memory of every node, though nobody reads', async () => {
  const one = await runForTest({}, (sql) => insertProject(sql));
  const two = await runForTest({}, undefined, { beside: one });
  const versions = () =>
    [one, two].map(({ service }) => service.memory.snapshot?.entries.get('global')?.version ?? 0);
  await until(async () => new Set(versions()).size === 1 && !versions().includes(0));
  const [before = 0] = versions();
  await insertProject(one.sql);
  await until(async () => versions().every((version) => version > before));
  expect(new Set(versions()).size).toBe(1);
});

test('a node is told of what another one has refreshed', async () => {
  const one = await runForTest({}, (sql) => insertProject(sql));
  const told = await runForTest(QUIET, undefined, { beside: one });
  // It does not compare by itself any more.
  await told.service.follower.close();
  await insertProject(one.sql);
  await until(async () => (await totalOf(told)) === 2);
});
