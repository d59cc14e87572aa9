/** A signal that comes while the program loads ends it as one that comes later does. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { CLI } from '../support/service/bundle.ts';
import { startCommand } from '../support/service/command-line.ts';

/** Signals the process when it asks for the module with all commands, before that is read. */
const HOOK = `
  let sent = false;
  export function resolve(specifier, context, next) {
    if (!sent && specifier.endsWith('/run.js')) {
      sent = true;
      process.kill(process.pid, SIGNAL);
    }
    return next(specifier, context);
  }`;
/** And once more, as npm does; the process is busy for BUSY_MS before it hears of that. */
const AGAIN = `
  process.once(SIGNAL, () => setImmediate(() => {
    process.kill(process.pid, SIGNAL);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_MS);
  }));`;
const url = (source: string) => `data:text/javascript,${encodeURIComponent(source)}`;

function interruptedWhileLoading(entry: string, args: string[], signal: NodeJS.Signals, busyMs = 0) {
  const sent = (script: string) =>
    script.replaceAll('SIGNAL', JSON.stringify(signal)).replace('BUSY_MS', String(busyMs));
  const hook = JSON.stringify(url(sent(HOOK)));
  const register = url(`import { register } from 'node:module'; register(${hook}); ${sent(AGAIN)}`);
  return startCommand(
    args,
    { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' },
    { program: join(dirname(CLI), entry), nodeArgs: ['--import', register] },
  ).ended;
}

const MESSAGE = 'Interrupted: nothing was changed. Run it again to go on.';
const JSON_ERROR = JSON.stringify({ error: { code: 'interrupted', message: MESSAGE } });

it.each<[NodeJS.Signals, string, string[], { code: number; stdout: string; stderr: string }]>([
  ['SIGINT', 'cli.js', ['migrate'], { code: 1, stdout: '', stderr: `${MESSAGE}\n` }],
  ['SIGTERM', 'cli.js', ['migrate'], { code: 1, stdout: '', stderr: `${MESSAGE}\n` }],
  ['SIGHUP', 'cli.js', ['migrate'], { code: 1, stdout: '', stderr: `${MESSAGE}\n` }],
  ['SIGINT', 'cli.js', ['status', '--json'], { code: 1, stdout: `${JSON_ERROR}\n`, stderr: `${MESSAGE}\n` }],
  ['SIGTERM', 'cli.js', ['serve'], { code: 0, stdout: 'Stopped.\n', stderr: '' }],
  ['SIGTERM', 'main.js', [], { code: 0, stdout: 'Stopped.\n', stderr: '' }],
])('%s while %s %j loads ends it with its exit code and one line', async (signal, entry, args, ended) => {
  expect(await interruptedWhileLoading(entry, args, signal)).toEqual(ended);
});

it('a signal of the same moment ends nothing at once where the program loads for longer than that', async () => {
  const ended = { code: 0, stdout: 'Stopped.\n', stderr: '' };
  expect(await interruptedWhileLoading('main.js', [], 'SIGTERM', 1_500)).toEqual(ended);
});

it('an entry loads no package before it listens for signals', async () => {
  for (const entry of ['cli.js', 'main.js']) {
    const loaded = new Set<string>();
    const load = async (file: string): Promise<void> => {
      if (loaded.has(file)) return;
      loaded.add(file);
      const source = await readFile(join(dirname(CLI), file), 'utf8');
      for (const [, name = ''] of source.matchAll(/^(?:import|export)\b[^;(]*?["']([^"']+)["'];$/gm))
        await load(name);
    };
    // A package would be a file that is not there.
    await load(entry);
    expect(await readFile(join(dirname(CLI), entry), 'utf8')).toMatch(/await import\("\.\/run\.js"\)/);
  }
});
