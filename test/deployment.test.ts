/** docs/deploy/: what its files name is there: settings, routes, commands, files and ports. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { readConfig, SETTINGS } from '../src/config.ts';
import { folderForTest } from './support/servers/folder.ts';
import { CLI, ROOT } from './support/service/bundle.ts';
import { runForTest } from './support/service/running-service.ts';

const read = (name: string) => readFile(join(ROOT, 'docs/deploy', name), 'utf8');
/** In the text of a file, the first group of each match. */
const found = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1] ?? '');
const isSetting = expect.toSatisfy((name) => SETTINGS.includes(name));
/** Of an `env` of Kubernetes, by name. */
const valuesOf = (env: { name: string; value: string }[]) =>
  Object.fromEntries(env.map(({ name, value }) => [name, value]));

const [unit, env, dockerfile, nginx] = await Promise.all(
  ['dashboard-stats.service', 'dashboard-stats.env', 'Dockerfile', 'nginx.conf'].map(read),
);
const { services } = parse(await read('compose.yaml'));
const objects = parseAllDocuments(await read('kubernetes.yaml')).map((document) => document.toJS());
const ofKind = (kind: string) => objects.find((object) => object.kind === kind);
const [node] = ofKind('Deployment').spec.template.spec.containers;
const [migration] = ofKind('Job').spec.template.spec.containers;

test('every setting that a file for deployment names is one of the service, with a value that it takes', () => {
  const settings = Object.fromEntries(found(env ?? '', /^(\w+=.+)$/gm).map((line) => line.split(/=(.*)/s)));
  const given = [
    { ...settings, ...Object.fromEntries([found(unit ?? '', /^Environment=(.+)$/gm)[0]?.split('=') ?? []]) },
    { ...valuesOf(node.env), DATABASE_URL: 'postgres://host/solar' },
    services.service.environment,
  ];
  for (const one of given) {
    for (const name of Object.keys(one)) expect(name).toEqual(isSetting);
    const filled = Object.entries<string>(one).map(([name, value]) => [
      name,
      value.replace(/\$\{.*?\}/g, 'a-long-secret-of-somebody'),
    ]);
    expect(readConfig(Object.fromEntries(filled)).DATABASE_URL).toBeDefined();
  }
  for (const name of found(dockerfile ?? '', /^(?:ENV| {4}) ?([A-Z_]+)=/gm)) expect(name).toEqual(isSetting);
});

test('every path that they ask is answered 200 by the service, at the port that it listens on', async () => {
  const { get } = await runForTest();
  const probes = [node.livenessProbe, node.readinessProbe].map(({ httpGet }) => httpGet);
  const paths = [...probes.map(({ path }) => path), ...found(dockerfile ?? '', /'(\/\w+)'\)\.then/g)];
  expect(paths).toEqual(['/livez', '/readyz', '/livez']);
  for (const path of paths) expect([path, (await get(path)).status]).toEqual([path, 200]);

  const { PORT } = readConfig({ DATABASE_URL: 'postgres://host/solar' });
  const [port] = node.ports;
  const [{ targetPort }] = ofKind('Service').spec.ports;
  expect(new Set([port.name, targetPort, ...probes.map((probe) => probe.port)])).toEqual(new Set(['http']));
  expect(services.service.ports).toEqual([`127.0.0.1:${PORT}:${PORT}`]);
  expect(found(nginx ?? '', /proxy_pass http:.*:(\d+);/g)).toEqual([String(PORT)]);
  const exposed = found(dockerfile ?? '', /^EXPOSE (\d+)$/gm).map(Number);
  expect([port.containerPort, ...exposed]).toEqual([PORT, PORT]);
});

test('what they start is a command of the program, and what they copy is in the sources or built from them', () => {
  const help = execFileSync(process.execPath, [CLI, '--help'], { encoding: 'utf8' });
  const [unitCommand] = found(unit ?? '', /^ExecStart=.*\/dist\/cli\.js (\w+)$/gm);
  const [imageCommand] = found(dockerfile ?? '', /^CMD \["(\w+)"\]$/gm);
  expect([unitCommand, imageCommand, migration.args]).toEqual(['serve', 'serve', ['migrate']]);
  for (const command of ['serve', 'migrate']) expect(help).toContain(`  ${command}`);
  const copied = found(dockerfile ?? '', /^COPY (?:--from=build \/build\/)?(.+) \S+$/gm).flatMap((names) =>
    names.split(' '),
  );
  for (const name of copied)
    if (name !== 'dist') expect([name, existsSync(join(ROOT, name))]).toEqual([name, true]);
  const { context, dockerfile: path } = services.service.build;
  expect(existsSync(join(ROOT, 'docs/deploy', context, path))).toBe(true);
});

test.skipIf(!existsSync('/usr/bin/systemd-analyze'))('systemd finds no fault in the unit', async () => {
  // It looks for the program too.
  const file = join(await folderForTest(), 'dashboard-stats.service');
  await writeFile(file, (unit ?? '').replace('/usr/bin/node', process.execPath));
  execFileSync('systemd-analyze', ['verify', file], { stdio: 'pipe' });
});
