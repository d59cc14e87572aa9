import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { CLI, ROOT } from './support/service/bundle.ts';

const BUILT = dirname(CLI);

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'dashboard-stats-build-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('a build is kept while nothing that goes into it has changed, and not where a later one failed', () => {
  const folder = emptyFolder();
  const build = () => {
    execFileSync(process.execPath, ['build.mjs', folder], { cwd: ROOT, stdio: 'pipe' });
    return statSync(join(folder, 'cli.js')).mtimeMs;
  };
  const first = build();
  expect(build()).toBe(first);
  // As if a source had been another one then.
  const stamp = join(folder, 'built-from');
  appendFileSync(stamp, 'changed');
  expect(build()).toBeGreaterThan(first);

  appendFileSync(stamp, 'changed');
  rmSync(join(folder, 'THIRD-PARTY.md'));
  mkdirSync(join(folder, 'THIRD-PARTY.md'));
  expect(build).toThrow();
  expect(existsSync(stamp)).toBe(false);
});

test('a build runs without any package of npm', () => {
  const folder = emptyFolder();
  cpSync(BUILT, join(folder, 'dist'), { recursive: true });
  const say = (...args: string[]) =>
    execFileSync(process.execPath, [join(folder, 'dist', 'cli.js'), ...args], { encoding: 'utf8' });
  expect(say('config')).toContain('POLL_INTERVAL_MS');
  // What it imports later is in it too.
  const program = readFileSync(join(BUILT, 'run.js'), 'utf8');
  const imported = [...program.matchAll(/^import .*?from "(.+?)"|(?:import|require)\("(.+?)"\)/gm)];
  const others = imported.map(([, from, called]) => from ?? called ?? '').filter((name) => !isBuiltin(name));
  expect([imported.length > 0, others]).toEqual([true, []]);
});

test('THIRD-PARTY.md of a build names every package that is in it, with its version and the text of its licence', () => {
  const listed = readFileSync(join(BUILT, 'THIRD-PARTY.md'), 'utf8');
  // esbuild writes the path of each module above it. In what browsers load it does not.
  const program = readFileSync(join(BUILT, 'run.js'), 'utf8');
  const modules = program.match(/(?<=^ *(?:\/\/ |"))node_modules\/[^"\n]+/gm) ?? [];
  const inProgram = modules.map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  const packages = new Set([...inProgram, 'node_modules/@fontsource-variable/noto-sans-thai']);
  expect(packages.size).toBeGreaterThan(40);
  for (const folder of packages) {
    const text = readFileSync(join(ROOT, String(folder), 'package.json'), 'utf8');
    const { name, version, license } = JSON.parse(text);
    const [, after] = listed.split(`\n## ${name} ${version}: ${license}\n`);
    // Whoever gave something to the public domain asks for no text.
    expect([name, after]).toEqual([
      name,
      expect.stringMatching(license === 'Unlicense' ? /^/ : /^\n```\n.{9}/s),
    ]);
  }
});
