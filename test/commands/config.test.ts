/** What `config` prints: every setting, and no secret. */
import { expect, it } from 'vitest';
import { typeCommand } from '../support/service/typed-command.ts';

const config = (environment: Record<string, string>, options = '') =>
  typeCommand(`config ${options}`.trim(), environment);

it('prints what was set and the defaults, each in its type', async () => {
  const { code, stdout } = await config({ PORT: '0', CORS_ORIGINS: 'https://a.th,https://b.th' }, '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    ...{ PORT: 0, HOST: '127.0.0.1', DATABASE_URL: null, ADMIN_TOKEN: null, ENGINE: 'incremental' },
    ...{ CORS_ORIGINS: ['https://a.th', 'https://b.th'], CRON_CLASSIFY: '*/5 * * * *' },
  });
  expect(stdout).not.toContain(process.env['PATH']);
});

it('never prints a secret, with --json neither', async () => {
  const environment = {
    DATABASE_URL: 'postgres://me:s3cret@db.example/solar?password=s3cret',
    ADMIN_TOKEN: 's3cret-0123456789abc',
    EVENTS_TOKEN: 's3cret-abcdefghijklm',
  };
  const [text, json] = [await config(environment), await config(environment, '--json')];
  for (const { code, stdout, stderr } of [text, json]) {
    expect(code).toBe(0);
    expect(stdout + stderr).not.toContain('s3cret');
  }
  expect(text.stdout).toMatch(/^DATABASE_URL +postgres:\/\/me:\*\*\*@db\.example\/solar$/m);
  expect(text.stdout).toMatch(/^ADMIN_TOKEN +\(set\)$/m);
  expect(text.stdout).toMatch(/^CORS_ORIGINS +\(none\)$/m);
  expect(text.stdout).toMatch(/^CRON_CLASSIFY +off$/m);
});

it('lists faults as every command does', async () => {
  const { code, stderr } = await config({ PORT: 'x' });
  expect(stderr).toContain('PORT ("x") is not a whole number.');
  expect(code).toBe(2);
  for (const command of ['config', 'doctor']) {
    const { code, stderr } = await typeCommand(command, { TITLES_FILE: '/nowhere/titles.json' });
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('TITLES_FILE ("/nowhere/titles.json") cannot be read'),
    ]);
  }
});
