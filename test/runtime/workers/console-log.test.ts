import { expect, test } from 'vitest';
import { consoleLog } from '../../../src/runtime/workers/console-log.ts';

test('each entry is one line of JSON; an error keeps what it says, its code and its cause', () => {
  const lines: string[] = [];
  const log = consoleLog('info', (line) => lines.push(line));
  const error = new Error('two\nlines', {
    cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }),
  });
  log.error({ err: error, job: 'audit' }, 'A job failed.');
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toContain('\n');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'error',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    msg: 'A job failed.',
    job: 'audit',
    err: {
      message: 'two\nlines',
      stack: expect.any(String),
      cause: { code: 'ECONNREFUSED', message: 'refused' },
    },
  });
});

test.each([
  ['debug', 4],
  ['info', 3],
  ['error', 1],
  ['silent', 0],
] as const)('LOG_LEVEL=%s lets %i of debug, info, warn and error pass', (level, passed) => {
  const lines: string[] = [];
  const log = consoleLog(level, (line) => lines.push(line));
  for (const write of [log.debug, log.info, log.warn, log.error]) write({}, '');
  expect(lines).toHaveLength(passed);
});
