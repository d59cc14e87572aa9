import { Hono } from 'hono';
import { expect, test, vi } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { observed } from '../support/service/observed.ts';
import { silentLog } from '../support/service/silent-log.ts';

test.each([
  ['each one by default', {}, 8],
  ['a share of them with LOG_REQUESTS=0.25', { LOG_REQUESTS: '0.25' }, 2],
  ['none with LOG_REQUESTS=off', { LOG_REQUESTS: 'off' }, 0],
  ['none where LOG_LEVEL leaves them out', { LOG_LEVEL: 'warn' }, 0],
])('of eight requests the log has %s, and all of them are counted', async (_, settings, expected) => {
  const [info, count] = [vi.fn(), vi.fn()];
  const config = readConfig(settings);
  const app = observed(new Hono(), { log: { ...silentLog, info }, config, count });
  app.get('/:name', (c) => c.text('an answer'));
  for (let i = 0; i < 8; i++) await app.request(`/${i}`);
  expect(info).toHaveBeenCalledTimes(expected);
  expect(count.mock.calls.map(([{ route }]) => route)).toEqual(Array(8).fill('/:name'));
});

test('where the platform says when requests that came together are answered, their lines are written then, each once', async () => {
  const written: unknown[] = [];
  const info = ({ path }: { path?: string }) => void written.push(path);
  const waiting: (() => void)[] = [];
  const whenAnswered = (write: () => void) => void waiting.push(write);
  const app = observed(new Hono(), { log: { ...silentLog, info }, config: readConfig({}), whenAnswered });
  app.get('/:name', (c) => c.text('an answer'));
  for (const [paths, logged] of [
    [
      ['/1', '/2'],
      ['/1', '/2'],
    ],
    [['/3'], ['/1', '/2', '/3']],
  ] as const) {
    for (const path of paths) await app.request(path);
    expect(waiting).toHaveLength(1);
    waiting.pop()?.();
    expect(written).toEqual(logged);
  }
});
