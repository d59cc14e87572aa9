import { spawnSync } from 'node:child_process';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { logStream } from '../../src/commands/log-stream.ts';
import type { Log } from '../../src/log.ts';

async function written(
  terminal: { hasColours: boolean; clear: () => void } | undefined,
  write: (log: Log) => void = (log) => log.warn({ path: '/stats' }, 'It is slow.'),
): Promise<string> {
  const texts: string[] = [];
  const stderr = { write: (line: string) => void texts.push(line), on: () => undefined };
  write(pino({ base: null }, await logStream(terminal, stderr)));
  await new Promise(setImmediate);
  return texts.join('').replace(/\d\d:\d\d:\d\d/, 'TIME');
}

const PLAIN = { hasColours: false, clear() {} };

test('the log is JSON, a line an event', async () => {
  expect(JSON.parse(await written(undefined))).toMatchObject({ path: '/stats', msg: 'It is slow.' });
});

test('lines of one turn of the event loop are one write; a warning is written at once, after those before it', async () => {
  const writes: string[] = [];
  const stderr = { write: (lines: string) => void writes.push(lines), on: () => undefined };
  const log = pino({ base: null }, await logStream(undefined, stderr));
  for (const message of ['One.', 'Two.']) log.info(message);
  await new Promise(setImmediate);
  log.info('Three.');
  log.warn('Four.');
  const messages = writes.map((lines) =>
    [...lines.matchAll(/"msg":"(\w+\.)"/g)].map(([, message]) => message),
  );
  expect(messages).toEqual([
    ['One.', 'Two.'],
    ['Three.', 'Four.'],
  ]);
});

test('a process that ends at once has written its last line', () => {
  const program = `const { pino } = await import('pino');
    const { logStream } = await import('./src/commands/log-stream.ts');
    pino({}, await logStream(undefined)).info('The end.');
    process.exit(1);`;
  const { stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program]);
  expect(String(stderr)).toContain('"msg":"The end."');
});

test('on a terminal it is a line for people, with the data behind the message, and in colours where it has any', async () => {
  expect(await written(PLAIN)).toBe('[TIME] WARN: It is slow.  path=/stats\n');
  expect(await written({ ...PLAIN, hasColours: true })).toContain('\u001b[33mWARN\u001b[39m');
});

test('on a terminal an event is one line, also where its message has several', async () => {
  const line = await written(PLAIN, (log) => log.info({}, 'two\nlines'));
  expect(line).toBe('[TIME] INFO: two lines\n');
});

test('on a terminal a request is what came and what was answered; its ids are there where it failed', async () => {
  const request = { requestId: 'r-1', method: 'GET', route: '/stats/global', path: '/stats/global' };
  const answered = (data: object) =>
    written(PLAIN, (log) => log.info({ ...request, durationMs: 0.4, ...data }, 'Request answered.'));
  expect(await answered({ status: 200, cache: 'memory' })).toBe(
    '[TIME] INFO: GET /stats/global 200 memory 0.4 ms\n',
  );
  expect(await answered({ status: 404, problem: 'unknown-scope', path: '/\u001b[2J' })).toBe(
    '[TIME] INFO: GET / [2J 404 0.4 ms  problem=unknown-scope  requestId=r-1\n',
  );
});

test('on a terminal a failure has its stack on lines of its own', async () => {
  const failed = await written(PLAIN, (log) =>
    log.error({ err: new Error('No luck.') }, 'A request failed.'),
  );
  expect(failed).toMatch(/^\[TIME\] ERROR: A request failed\. {2}error="No luck\."\n {4}at .*\n/);
});
