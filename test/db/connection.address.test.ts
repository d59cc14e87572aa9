/** A pool reaches what psql reaches with the same URL: IPv6, sockets, several servers, TLS. */
import { spawnSync } from 'node:child_process';
import { chmod, chown, writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { readAddress } from '../../src/address/address.ts';
import { connect } from '../../src/db/connection.ts';
import { explainFailure } from '../../src/db/explain-failure.ts';
import { failureKind } from '../../src/db/failures.ts';
import { serverAccount } from '../../src/embedded/account.ts';
import { withFiles } from '../../src/runtime/node/address-files.ts';
import { CLUSTERS, newFolder } from '../support/servers/folder.ts';
import { makeFolder, startIn } from '../support/servers/own-server.ts';
import { type DatabaseProxy, startProxy } from '../support/servers/proxy.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

/** No file of whoever runs the tests counts. */
const NO_HOME = '/nowhere';
const isV6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));
const openssl = spawnSync('openssl', ['version']).status === 0;
const psql = spawnSync('psql', ['--version']).status === 0;
const SQL = `SELECT concat_ws(' ', current_database(), current_user, coalesce(host(inet_server_addr()), 'socket'),
  (SELECT 'tls' FROM pg_stat_ssl WHERE ssl AND pid = pg_backend_pid()))`;

let [port, login, sockets, authority, otherAuthority] = ['', '', '', '', ''];
let stop = async () => {};

beforeAll(async () => {
  sockets = await newFolder(CLUSTERS);
  const account = await serverAccount();
  if (account) await chown(sockets, account.uid, account.gid);
  const server = await startIn(await makeFolder(), {
    ...{ fsync: 'off', unix_socket_directories: sockets },
    listen_addresses: isV6 ? '127.0.0.1,::1' : '127.0.0.1',
  });
  stop = () => server.stop();
  const url = new URL(server.url);
  port = url.port;
  login = `${url.username}:${url.password}`;
  if (!openssl) return;
  // As an operator's own authority signs it.
  const make = (name: string, ...given: string[]) => {
    const files = ['-out', join(sockets, `${name}.crt`), '-keyout', join(sockets, `${name}.key`)];
    spawnSync('openssl', ['req', '-new', '-x509', '-days', '2', '-nodes', ...files, ...given]);
    return files[1] ?? '';
  };
  authority = make('authority', '-subj', '/CN=Authority');
  otherAuthority = make('other', '-subj', '/CN=Another authority');
  const signed = ['-CA', authority, '-CAkey', join(sockets, 'authority.key')];
  const extensions = ['-addext', 'subjectAltName=DNS:localhost', '-addext', 'basicConstraints=CA:FALSE'];
  const certificate = make('server', '-subj', '/CN=localhost', ...extensions, ...signed);
  const key = join(sockets, 'server.key');
  if (account) await chown(key, account.uid, account.gid);
  await chmod(key, 0o600);
  const sql = connect(server.url, { max: 1 });
  for (const [name, value] of Object.entries({ ssl_cert_file: certificate, ssl_key_file: key, ssl: 'on' }))
    await sql.unsafe(`ALTER SYSTEM SET ${name} = '${value}'`);
  await sql`SELECT pg_reload_conf()`;
  await sql.end();
  const isSecure = async () =>
    expect(await answerOf('postgres://LOGIN@127.0.0.1:PORT/postgres')).toMatch(/tls$/);
  await vi.waitFor(isSecure, { timeout: 10_000 });
});
afterAll(() => stop());

/** LOGIN, PASSWORD, PORT, SOCKETS and CA in a URL stand for those of the server; OTHER_CA is one that did not sign. */
function filled(url: string): string {
  const values: Record<string, string> = {
    ...{ LOGIN: login, PASSWORD: login.split(':')[1] ?? '' },
    ...{ PORT: port, SOCKETS: encodeURIComponent(sockets) },
    ...{ OTHER_CA: otherAuthority, CA: authority },
  };
  // In one pass: a password that is made by chance may hold such a word.
  return url.replace(/LOGIN|PASSWORD|PORT|SOCKETS|OTHER_CA|CA/g, (name) => values[name] ?? '');
}

async function poolOf(url: string, options = {}) {
  const sql = connect(await withFiles(readAddress(filled(url)), NO_HOME), { max: 1, ...options });
  onTestFinished(() => sql.end({ timeout: 1 }));
  return sql;
}

async function answerOf(url: string): Promise<string> {
  const sql = connect(await withFiles(readAddress(filled(url)), NO_HOME), { max: 1 });
  try {
    return String(Object.values((await sql.unsafe(SQL))[0] ?? {})[0]);
  } catch (error) {
    return `${failureKind(error)}: ${(explainFailure(error, readAddress(filled(url))) as Error).message}`;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

const DB = 'postgres postgres';
const TCP = `${DB} 127.0.0.1 tls`;
test
  .skipIf(!openssl)
  .each([
    ['postgres://LOGIN@127.0.0.1:PORT/postgres', TCP],
    ...(isV6 ? [['postgres://LOGIN@[::1]:PORT/postgres', `${DB} ::1 tls`]] : []),
    ['postgres:///postgres?host=SOCKETS&port=PORT&user=postgres&password=PASSWORD', `${DB} socket`],
    ['postgres://LOGIN@SOCKETS:PORT/postgres?sslmode=require', `${DB} socket`],
    ['postgres://LOGIN@127.0.0.1:1,%2Fnowhere:PORT,127.0.0.1:PORT/postgres', TCP],
    ['postgres://LOGIN@127.0.0.1:1,127.0.0.1:PORT/postgres?target_session_attrs=read-write', TCP],
    ['postgres://LOGIN@127.0.0.1:PORT,127.0.0.1:PORT/postgres?target_session_attrs=prefer-standby', TCP],
    ['postgres://LOGIN@nowhere.invalid:PORT/postgres?hostaddr=127.0.0.1', TCP],
    ['postgres://LOGIN@127.0.0.1:PORT/postgres?sslmode=disable', `${DB} 127.0.0.1`],
    ['postgres://LOGIN@127.0.0.1:PORT/postgres?sslmode=allow', `${DB} 127.0.0.1`],
    [
      'postgres://LOGIN@127.0.0.1:PORT/postgres?sslmode=require&channel_binding=require&gssencmode=disable',
      TCP,
    ],
    ['postgres://LOGIN@localhost:PORT/postgres?sslmode=verify-full&sslrootcert=CA', TCP],
    ['postgres://LOGIN@127.0.0.1:PORT/postgres?sslmode=verify-ca&sslrootcert=CA', TCP],
    ['postgres://LOGIN@127.0.0.1:PORT/postgres?options=-c%20statement_timeout%3D0&keepalives=1', TCP],
  ])('%s is answered by %s, as psql is', async (url, wanted) => {
  expect(await answerOf(url)).toBe(wanted);
  if (!psql) return;
  const { PATH } = process.env;
  const asked = spawnSync('psql', ['-XAtwc', SQL, filled(url)], {
    encoding: 'utf8',
    env: { PATH, HOME: NO_HOME },
  });
  expect(asked.stdout + asked.stderr).toBe(`${wanted}\n`);
});

test.skipIf(!openssl).each([
  ['postgres://LOGIN@127.0.0.1:PORT/postgres?sslmode=verify-full&sslrootcert=CA', 'notAdmitted', 'altnames'],
  ['postgres://LOGIN@localhost:PORT/postgres?sslmode=verify-full', 'notAdmitted', 'unable to verify'],
  [
    'postgres://LOGIN@localhost:PORT/postgres?sslmode=verify-full&sslrootcert=OTHER_CA',
    'notAdmitted',
    'unable to verify',
  ],
  ['postgres://LOGIN@127.0.0.1:PORT/postgres?options=-c%20nosuch%3D1', 'notAdmitted', 'parameter "nosuch"'],
  [
    'postgres://LOGIN@127.0.0.1:PORT/postgres?options=-c%20statement_timeout%3Dx',
    'notAdmitted',
    'invalid value',
  ],
  ['postgres://postgres:x@127.0.0.1:PORT,127.0.0.1:PORT/postgres', 'notAdmitted', 'password authentication'],
  ['postgres://LOGIN@127.0.0.1:PORT/postgres?target_session_attrs=standby', 'unreachable', 'attrs=standby'],
  ['postgres://LOGIN@127.0.0.1:1,127.0.0.1:2/postgres', 'unreachable', 'ECONNREFUSED'],
  ['postgres://LOGIN@%2Fnowhere/postgres', 'unreachable', 'ENOENT'],
])('%s fails as %s: %s', async (url, kind, message) => {
  const said = await answerOf(url);
  expect(said).toMatch(new RegExp(`^${kind}: `));
  expect(said).toContain(message);
});

test.skipIf(!openssl)('a role that is let in with TLS only, or without only, is let in', async () => {
  const sql = await poolOf('postgres://LOGIN@127.0.0.1:PORT/postgres');
  await sql`CREATE ROLE plain LOGIN PASSWORD 'x'`;
  await sql`CREATE ROLE secure LOGIN PASSWORD 'x'`;
  const [{ file }] = await sql<[{ file: string }]>`SELECT current_setting('hba_file') AS file`;
  const lines = 'host{no}ssl all {role} all scram-sha-256\nhost{other}ssl all {role} all reject\n';
  const before = await sql<{ text: string }[]>`SELECT pg_read_file(${file}) AS text`;
  const rules = (role: string, no: string, other: string) =>
    lines.replaceAll('{role}', role).replace('{no}', no).replace('{other}', other);
  await writeFile(file, rules('plain', 'no', '') + rules('secure', '', 'no') + before[0]?.text);
  await sql`SELECT pg_reload_conf()`;
  const as = (role: string, mode: string) => answerOf(`postgres://${role}:x@127.0.0.1:PORT/postgres?${mode}`);
  await expect.poll(() => as('plain', 'sslmode=require')).toMatch(/^notAdmitted: .*rejects/);
  expect(await as('plain', '')).toBe('postgres plain 127.0.0.1');
  expect(await as('secure', 'sslmode=allow')).toBe('postgres secure 127.0.0.1 tls');
  expect(await as('secure', 'sslmode=disable')).toMatch(/^notAdmitted: .*rejects/);
});

/** Its own address, to be filled. */
const DIRECT = 'postgres://LOGIN@127.0.0.1:PORT/postgres';

/** The same server under two addresses. */
async function twoServers() {
  const url = filled(DIRECT);
  const [first, second] = [await startProxy(url), await startProxy(url)];
  onTestFinished(() => {
    for (const proxy of [first, second]) proxy.close();
  });
  const hosts = [first, second].map((proxy) => `127.0.0.1:${new URL(proxy.url).port}`).join();
  return { first, second, hosts };
}

test('where no server is a standby, the first one is taken in the end', async () => {
  const { first, second, hosts } = await twoServers();
  const sql = await poolOf(`postgres://LOGIN@${hosts}/postgres?target_session_attrs=prefer-standby`);
  await sql`SELECT 1`;
  expect([first.calls, second.calls]).toEqual([2, 1]);
});

test('a session has the name by which ours are found, whatever the address calls it', async () => {
  const sql = await poolOf(
    'postgres://LOGIN@127.0.0.1:PORT/postgres?application_name=billing&options=-c%20application_name%3Dbilling',
  );
  expect(await sql`SELECT current_setting('application_name') AS name`).toEqual([
    { name: 'dashboard-stats' },
  ]);
});

test('a pool goes to the first server of its list whenever that one answers, and cancels where its query runs', async () => {
  const { first, second, hosts } = await twoServers();
  const abort = new AbortController();
  const sql = await poolOf(`postgres://LOGIN@${hosts}/postgres?sslmode=disable&connect_timeout=1`, {
    signal: abort.signal,
  });
  /** Once a query is answered. */
  const callsOf = (server: DatabaseProxy) => () =>
    sql`SELECT 1`.then(
      () => server.calls,
      () => 0,
    );
  await sql`SELECT 1`;
  expect([first.calls, second.calls]).toEqual([1, 0]);
  first.mode = 'hangUp';
  first.cut();
  await expect.poll(callsOf(second)).toBe(1);
  first.mode = 'pass';
  second.cut();
  const before = first.calls;
  await expect.poll(callsOf(first)).toBe(before + 1);
  first.mode = 'silent';
  first.cut();
  await expect.poll(callsOf(second)).toBe(2);
  const sleeping = sql`SELECT pg_sleep(60)`.catch((error) => error.code);
  await expect
    .poll(
      async () =>
        (await poolOf(
          DIRECT,
        ))`SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)' AND state = 'active'`,
    )
    .toHaveLength(1);
  abort.abort();
  expect(await sleeping).toBe('57014');
});
