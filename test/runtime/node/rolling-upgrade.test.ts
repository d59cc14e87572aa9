/** A rolling upgrade (docs/deploy.md): a node of this version and one with a higher schemaVersion, each a process, on one database. */
import { expect, onTestFinished, test } from 'vitest';
import { seedDemo } from '../../../src/demo/seed.ts';
import { SCHEMA_VERSION } from '../../../src/stats/schema.ts';
import { insertProject, until } from '../../support/application/projects.ts';
import { eachTestGets } from '../../support/servers/database.ts';
import { CLI } from '../../support/service/bundle.ts';
import { NodeProcess } from '../../support/service/node-process.ts';
import { patchedProgram } from '../../support/service/patched.ts';

const NEWER = SCHEMA_VERSION + 1;
const database = eachTestGets('migrated');

async function start(name: string, program: string): Promise<NodeProcess> {
  const node = await NodeProcess.start({ name, program, databaseUrl: database.url });
  onTestFinished(() => node.kill());
  return node.untilReady();
}

/** What a node serves, whether that is labelled, and what /readyz says. */
async function seen({ url }: NodeProcess) {
  const answer = await fetch(`${url}/stats/global?fields=totalProjects`);
  const { schemaVersion, statistics } = await answer.json();
  const { status } = await (await fetch(`${url}/readyz`)).json();
  const label = /detail=(\S+)$/.exec(answer.headers.get('Cache-Status') ?? '')?.[1] ?? '';
  return `${statistics.totalProjects} of version ${schemaVersion}, ${label}, ${status}`;
}

const shows = async (node: NodeProcess, wanted: string) => {
  let last = '';
  await until(async () => {
    last = await seen(node);
    return last === wanted;
  }, 20_000).catch(() => expect(last).toBe(wanted));
};

test('both versions serve what the newer one computes, and the older one alone says that it cannot', {
  timeout: 120_000,
}, async () => {
  const { sql } = database;
  await seedDemo(sql, { projects: 20, seed: 1 });
  const older = await start('older', CLI);
  await shows(older, `20 of version ${SCHEMA_VERSION}, memory, ready`);

  const program = await patchedProgram([
    {
      file: 'src/stats/schema.ts',
      take: `SCHEMA_VERSION = ${SCHEMA_VERSION};`,
      put: `SCHEMA_VERSION = ${NEWER};`,
    },
  ]);
  const newer = await start('newer', program);
  await insertProject(sql);
  for (const node of [newer, older]) await shows(node, `21 of version ${NEWER}, memory, ready`);

  await newer.kill();
  await insertProject(sql);
  await shows(older, `21 of version ${NEWER}, stale:behind, degraded`);
  const again = await start('newer again', program);
  for (const node of [again, older]) await shows(node, `22 of version ${NEWER}, memory, ready`);
});
