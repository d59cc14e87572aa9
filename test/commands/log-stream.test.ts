import { pino } from 'pino';
import { expect, test } from 'vitest';
import { logStream } from '../../src/commands/log-stream.ts';

async function written(isTerminal: boolean): Promise<string> {
  const texts: string[] = [];
  const stderr = { write: (line: string) => void texts.push(line), on: () => undefined };
  pino({ base: null }, await logStream(isTerminal, stderr)).warn({ path: '/stats' }, 'It is slow.');
  return texts.join('');
}

test('the log is JSON, a line an event', async () => {
  expect(JSON.parse(await written(false))).toMatchObject({ path: '/stats', msg: 'It is slow.' });
});

test('on a terminal it is a line for people, with the data behind the message', async () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours.
  const plain = (await written(true)).replace(/\x1b\[\d+m/g, '');
  expect(plain).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] WARN: It is slow\. \{"path":"\/stats"\}\n$/);
});
