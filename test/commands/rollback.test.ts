/** What a person and a script see of `rollback`. */
import { expect, it } from 'vitest';
import { startCommand } from '../support/service/command-line.ts';

it('rollback is wrong usage without a file, and with --json wants --yes, since nobody sees what would be lost', async () => {
  const rollback = (...args: string[]) => startCommand(['rollback', ...args], {}).ended;
  const [bare, json] = await Promise.all([rollback(), rollback('--to', 'x.dump', '--json')]);
  expect(bare).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Usage: dashboard-stats rollback --to FILE'),
  });
  expect(json.code).toBe(2);
  expect(JSON.parse(json.stdout)).toEqual({
    error: { code: 'usage', message: expect.stringContaining('--yes') },
  });
});
