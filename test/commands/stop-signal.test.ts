/** A signal that comes while the program loads ends it as one that comes later does. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../../', import.meta.url);
/** Signals the process when it asks for the module with all commands, before that is read; and once more, as npm does. */
const HOOK = `
  let sent = false;
  export function resolve(specifier, context, next) {
    if (!sent && specifier.endsWith('/commands/run.ts')) {
      sent = true;
      process.kill(process.pid, SIGNAL);
      setTimeout(() => process.kill(process.pid, SIGNAL), 20);
    }
    return next(specifier, context);
  }`;
const url = (source: string) => `data:text/javascript,${encodeURIComponent(source)}`;

function interruptedWhileLoading(entry: string, args: string[], signal: NodeJS.Signals) {
  const hook = url(HOOK.replaceAll('SIGNAL', JSON.stringify(signal)));
  const register = url(`import { register } from 'node:module'; register(${JSON.stringify(hook)});`);
  const child = spawn(process.execPath, ['--import', 'tsx', '--import', register, entry, ...args], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  return new Promise((resolve) =>
    child.once('close', (code, killedBy) => resolve({ code, killedBy, stdout, stderr })),
  );
}

const MESSAGE = 'Interrupted: nothing was changed. Run it again to go on.';

describe.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s while the program loads', (signal) => {
  it('ends a command with exit code 1 and one line', async () => {
    expect(await interruptedWhileLoading('src/cli.ts', ['migrate'], signal)).toEqual({
      code: 1,
      killedBy: null,
      stdout: '',
      stderr: `${MESSAGE}\n`,
    });
  });
});

it('has JSON for a program that asks for it', async () => {
  const { stdout } = (await interruptedWhileLoading('src/cli.ts', ['status', '--json'], 'SIGINT')) as {
    stdout: string;
  };
  expect(JSON.parse(stdout)).toEqual({ error: { code: 'interrupted', message: MESSAGE } });
});

it.each([
  ['src/cli.ts', ['serve']],
  ['src/main.ts', []],
])('stops the service of %s as later on', async (entry, args) => {
  expect(await interruptedWhileLoading(entry, args, 'SIGTERM')).toMatchObject({
    code: 0,
    stdout: 'Stopped.\n',
    stderr: '',
  });
});

it('holds for the bundle too: its entries load no package before they run', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bundle-'));
  try {
    execFileSync(process.execPath, ['build.mjs', folder], { cwd: ROOT });
    for (const entry of ['cli.js', 'main.js']) {
      const loaded = new Set<string>();
      const load = async (file: string): Promise<void> => {
        if (loaded.has(file)) return;
        loaded.add(file);
        const source = await readFile(join(folder, file), 'utf8');
        for (const [, name = ''] of source.matchAll(/^(?:import|export)\b[^;(]*?["']([^"']+)["'];$/gm))
          await load(name);
      };
      // A package would be a file that is not there.
      await load(entry);
      expect(await readFile(join(folder, entry), 'utf8')).toMatch(/await import\("\.\/run\.js"\)/);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
