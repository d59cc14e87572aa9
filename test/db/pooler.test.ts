/** Behind a real PgBouncer in transaction mode: it is detected, and the service works by comparing alone (G5). */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { readAddress } from '../../src/address/address.ts';
import { adaptToPooler, isPooled } from '../../src/db/pooler.ts';
import { seedDemo } from '../../src/demo/seed.ts';
import { freePort } from '../../src/embedded/free-port.ts';
import { until } from '../support/application/projects.ts';
import { connectForTest, eachTestGets } from '../support/servers/database.ts';
import { startPgBouncer, withoutPgBouncer } from '../support/servers/pgbouncer.ts';
import { startCommand } from '../support/service/command-line.ts';
import { NO_CACHE } from '../support/service/observing.ts';
import { runForTest } from '../support/service/running-service.ts';
import { typeCommand } from '../support/service/typed-command.ts';

const database = eachTestGets('migrated');

test('a connection of its own is no pooler', async () => {
  expect(await adaptToPooler(database.sql, readAddress(database.url))).toBe(false);
  expect(database.sql.options.prepare).toBe(true);
});

if (withoutPgBouncer) process.stdout.write(`Skipped, tests behind PgBouncer: ${withoutPgBouncer}\n`);
describe.skipIf(withoutPgBouncer)('behind PgBouncer in transaction mode', () => {
  test.each([
    ['serves the server that was free last', ''],
    ['takes turns', 'server_round_robin = 1'],
    ['has one server only', 'default_pool_size = 1'],
  ])('one that %s is detected, and nothing is prepared from then on', async (_, setting) => {
    const pooler = await startPgBouncer(database.url, setting);
    const sql = connectForTest(pooler, { max: 4 });
    expect(await adaptToPooler(sql, readAddress(pooler))).toBe(true);
    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, n) => (await sql`SELECT ${n}::integer AS n`)[0]?.['n']),
    );
    expect(answers).toEqual([...answers.keys()]);
  });

  test.each([
    ['that others use meanwhile', 4, 2, 'default_pool_size = 3'],
    // Two servers and two clients: each would get its own, if they asked in turns.
    ['that takes turns, while another asks now and then,', 1, 25, 'server_round_robin = 1'],
  ])('one %s is detected each time', async (_, clients, everyMs, setting) => {
    const pooler = await startPgBouncer(database.url, setting);
    const others = connectForTest(pooler, { max: Math.max(2, clients) });
    let over = false;
    await Promise.all([0, 1].map(() => others.begin((sql) => sql.unsafe('SELECT pg_sleep(0.1)'))));
    const busy = Array.from({ length: clients }, async () => {
      for (; !over; await sleep(everyMs)) await others.begin((sql) => sql.unsafe(`SELECT pg_sleep(0.002)`));
    });
    for (let round = 0; round < 40; round++) expect(await isPooled(readAddress(pooler))).toBe(true);
    over = true;
    await Promise.all(busy);
  });

  test('one in session mode leaves each client a session of its own', async () => {
    expect(await isPooled(readAddress(await startPgBouncer(database.url, 'pool_mode = session')))).toBe(
      false,
    );
  });

  test('one in statement mode, where there are no transactions, is named by its own words', async () => {
    const pooler = await startPgBouncer(database.url, 'pool_mode = statement');
    await expect(adaptToPooler(connectForTest(pooler, { max: 1 }), readAddress(pooler))).rejects.toThrow(
      /transaction blocks not allowed/,
    );
    expect(await typeCommand('verify', { DATABASE_URL: pooler })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('transaction blocks'),
    });
  });

  test('one that is put before the database of a running node does not stop it', async () => {
    const node = await runForTest({}, (sql) => seedDemo(sql, { projects: 5, seed: 1 }));
    const pooler = await startPgBouncer(node.url, 'server_round_robin = 1');
    node.proxy.target = pooler;
    node.proxy.cut();
    await until(async () => (await node.get('/stats/global', NO_CACHE)).status === 200);
    for (let left = 4; left >= 0; left--) {
      await node.sql`
        DELETE FROM "Projects" WHERE "ProjectId" = (SELECT "ProjectId" FROM "Projects" ORDER BY 1 LIMIT 1)`;
      const answers = await Promise.all(
        Array.from({ length: 20 }, async () => (await node.get('/stats/global', NO_CACHE)).json()),
      );
      for (const answer of answers) expect(answer).toMatchObject({ statistics: { totalProjects: left } });
      expect((await node.post('/stats/invalidate', { all: true })).status).toBe(200);
    }
  });

  test('commands work there, but no backup: what pg_dump sets would stay in sessions of others', async () => {
    const pooler = await startPgBouncer(database.url);
    for (const args of ['status', 'verify', 'recompute', 'invalidate global', 'classify'])
      expect(await typeCommand(args, { DATABASE_URL: pooler }), args).toMatchObject({ code: 0 });
    for (const args of ['backup', 'rollback --to x.dump --yes'])
      expect(await typeCommand(args, { DATABASE_URL: pooler })).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('pooler'),
      });
  });

  test('two nodes serve, refresh and follow each other within a second; each says once how', async () => {
    await seedDemo(database.sql, { projects: 50, seed: 1 });
    const pooler = await startPgBouncer(database.url);
    const nodes = await Promise.all(
      [0, 1].map(async () => {
        const port = await freePort();
        const command = startCommand(['serve'], {
          DATABASE_URL: pooler,
          PORT: String(port),
          CRON_AUDIT: 'off',
          ADMIN_TOKEN: 'an-admin-token-for-tests',
        });
        await command.said('API docs');
        return { ...command, url: `http://127.0.0.1:${port}` };
      }),
    );
    const total = async (url: string, headers = {}) => {
      const answer = await (await fetch(`${url}/stats/global`, { headers })).text();
      expect(answer).toContain('"totalProjects"');
      return JSON.parse(answer).statistics.totalProjects;
    };
    for (let left = 49; left >= 40; left--) {
      await database.sql`
        DELETE FROM "Projects" WHERE "ProjectId" = (SELECT "ProjectId" FROM "Projects" ORDER BY 1 LIMIT 1)`;
      const [one, two] = left % 2 ? nodes : [...nodes].reverse();
      expect(await total(one?.url ?? '', NO_CACHE)).toBe(left);
      await until(async () => (await total(two?.url ?? '')) === left);
    }
    for (const { kill, ended } of nodes) {
      kill('SIGTERM');
      const { code, stderr } = await ended;
      expect(code).toBe(0);
      const lines = stderr
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(lines.filter(({ msg }) => msg.includes('pooler'))).toHaveLength(1);
      expect(lines.filter(({ level }) => level !== 'info')).toEqual([]);
    }
  });
});
