/** A real PgBouncer in transaction mode before the test server: sessions change between transactions, LISTEN hears nothing. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { connect } from '../../../src/db/connection.ts';
import { serverAccount } from '../../../src/embedded/account.ts';
import { freePort } from '../../../src/embedded/free-port.ts';
import { until } from '../application/projects.ts';
import { newFolder } from './folder.ts';

/** Where Debian puts it. */
const PROGRAM = '/usr/sbin/pgbouncer';
const installed = existsSync(PROGRAM);

/** Why tests that need it cannot run here; undefined where they can. With CI=true they must. */
export const withoutPgBouncer =
  installed || process.env['CI'] === 'true'
    ? undefined
    : 'PgBouncer is not installed (Debian: apt-get install pgbouncer)';

/**
 * It ends with the test.
 *
 * @param setting a line of pgbouncer.ini
 * @returns the database's URL through it
 */
export async function startPgBouncer(databaseUrl: string, setting = ''): Promise<string> {
  if (!installed) throw new Error('PgBouncer is not installed; CI has to have it.');
  const { hostname, port, username, password, pathname } = new URL(databaseUrl);
  const dir = await newFolder();
  const own = await freePort();
  const server = `host=${hostname} port=${port} user=${username} password='${decodeURIComponent(password)}'`;
  const ini = join(dir, 'pgbouncer.ini');
  await writeFile(
    ini,
    `[databases]
* = ${server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 10
${setting}
`,
    { mode: 0o644 },
  );
  // It refuses to run as root, too.
  const child = spawn(PROGRAM, [ini], { ...(await serverAccount()), cwd: '/', stdio: 'ignore' });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await ended;
    await rm(dir, { recursive: true, force: true });
  });
  const url = `postgres://${username}@127.0.0.1:${own}${pathname}`;
  const probe = connect(url, { max: 1 });
  await until(
    () =>
      probe
        .unsafe('SELECT 1')
        .then(() => true)
        .catch(() => false),
    10_000,
  );
  await probe.end({ timeout: 1 });
  return url;
}
