/** Behind a real PgBouncer in transaction mode: it is found out, and the service works by comparing alone (G5). */
import { describe, expect, test } from 'vitest';
import { connect } from '../../src/db/connection.ts';
import { seedDemo } from '../../src/db/demo.ts';
import { adaptToPooler } from '../../src/db/pooler.ts';
import { startCommand } from '../support/command-line.ts';
import { eachTestGets, type TestDatabase } from '../support/database.ts';
import { freePort } from '../support/free-port.ts';
import { startPgBouncer, withoutPgBouncer } from '../support/pgbouncer.ts';
import { until } from '../support/projects.ts';

let database: TestDatabase;
eachTestGets('migrated', (made) => {
  database = made;
});

test('a connection of its own is not taken for a pooler', async () => {
  expect(await adaptToPooler(database.sql, database.url)).toBe(false);
  expect(database.sql.options.prepare).toBe(true);
});

if (withoutPgBouncer) process.stdout.write(`Skipped, tests behind PgBouncer: ${withoutPgBouncer}\n`);
describe.skipIf(withoutPgBouncer)('behind PgBouncer in transaction mode', () => {
  test.each([
    ['serves the server that was free last', ''],
    ['takes turns', 'server_round_robin = 1'],
    ['has one server only', 'default_pool_size = 1'],
  ])('one that %s is found out, and nothing is prepared from then on', async (_, setting) => {
    const pooler = await startPgBouncer(database.url, setting);
    const sql = connect(pooler.url, { max: 4 });
    try {
      expect(await adaptToPooler(sql, pooler.url)).toBe(true);
      const answers = await Promise.all(
        Array.from({ length: 100 }, async (_, n) => (await sql`SELECT ${n}::integer AS n`)[0]?.['n']),
      );
      expect(answers).toEqual([...answers.keys()]);
    } finally {
      await sql.end({ timeout: 1 });
      await pooler.stop();
    }
  });

  test('one that others use meanwhile is found out each time', async () => {
    const pooler = await startPgBouncer(database.url, 'default_pool_size = 3');
    const others = connect(pooler.url, { max: 4 });
    let over = false;
    const busy = [0, 1, 2, 3].map(async () => {
      while (!over) await others.begin((sql) => sql.unsafe('SELECT pg_sleep(0.002)'));
    });
    try {
      for (let round = 0; round < 20; round++) {
        const sql = connect(pooler.url, { max: 1 });
        expect(await adaptToPooler(sql, pooler.url)).toBe(true);
        await sql.end();
      }
    } finally {
      over = true;
      await Promise.all(busy);
      await others.end();
      await pooler.stop();
    }
  });

  test('one in session mode leaves each client a session of its own', async () => {
    const pooler = await startPgBouncer(database.url, 'pool_mode = session');
    const sql = connect(pooler.url, { max: 1 });
    try {
      expect(await adaptToPooler(sql, pooler.url)).toBe(false);
    } finally {
      await sql.end();
      await pooler.stop();
    }
  });

  test('commands work there too', async () => {
    const pooler = await startPgBouncer(database.url);
    try {
      for (const args of [['status'], ['verify'], ['recompute'], ['invalidate', 'global'], ['classify']]) {
        const { ended } = startCommand(args, { DATABASE_URL: pooler.url });
        expect(await ended, args[0]).toMatchObject({ code: 0 });
      }
    } finally {
      await pooler.stop();
    }
  });

  test('two nodes serve, refresh and follow each other within a second; each says once how', async () => {
    await seedDemo(database.sql, { projects: 50, seed: 1 });
    const pooler = await startPgBouncer(database.url);
    try {
      const nodes = await Promise.all(
        [0, 1].map(async () => {
          const port = await freePort();
          const command = startCommand(['serve'], {
            DATABASE_URL: pooler.url,
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
        expect(await total(one?.url ?? '', { 'Cache-Control': 'no-cache' })).toBe(left);
        await until(async () => (await total(two?.url ?? '')) === left, 5_000);
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
        expect(lines.filter(({ level }) => level >= 40)).toEqual([]);
      }
    } finally {
      await pooler.stop();
    }
  });
});
