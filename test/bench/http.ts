/**
 * `npm run bench:http`: what an answer from memory costs beside servers that do nothing else than write the same bytes, and beside others
 * that many would write first. Each is a process of its own on 127.0.0.1; they are asked in turn (load-generator.ts), round after round, so
 * that what else the machine does meets all of them. redis-server and nginx take part where they are installed. BENCH_ROUNDS (default 7),
 * BENCH_SECONDS (default 2) for each of them in each round, BENCH_ROWS (some of the names, `documents` among them, comma-separated).
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import bundle, { CLI } from '../support/service/bundle.ts';
import { NodeProcess } from '../support/service/node-process.ts';
import { fillDatabase, startBenchServer } from './filled.ts';
import {
  type Asked,
  answerOf,
  type Measured,
  measureRow,
  median,
  type Peer,
  ROUNDS,
  SECONDS,
} from './http-load.ts';
import type { PeerAnswer, PeerKind } from './http-peer.ts';
import { scopesTable } from './http-scopes.ts';
import { loadGenerator } from './load-generator.ts';
import { type Program, startNginx, startRedis } from './programs.ts';

const ONLY = process.env['BENCH_ROWS']?.split(',');
const PROJECTS = 1_000;

async function startPeer(
  name: string,
  kind: PeerKind,
  databaseUrl: string,
  redis?: Program,
): Promise<Peer & { child: ChildProcess }> {
  const file = fileURLToPath(new URL('./http-peer.ts', import.meta.url));
  const child = fork(file, [kind, databaseUrl, `redis://127.0.0.1:${redis?.port}`], {
    execArgv: ['--import', 'tsx'],
  });
  const [port] = await once(child, 'message');
  const answer = async (told: PeerAnswer) => {
    child.send(told);
    await once(child, 'message');
  };
  return { name, child, url: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, answer };
}

async function rowsOf(url: string): Promise<[name: string, asked: Asked][]> {
  const plain = { path: '/stats/global', headers: {} };
  const { headers } = await answerOf(url, plain);
  const { regions } = JSON.parse(
    Buffer.from((await answerOf(url, { ...plain, path: '/stats' })).body, 'base64').toString(),
  );
  const keys = ['global', ...regions.map(({ key }: { key: string }) => key)];
  const ten = Array.from({ length: 10 }, (_, i) => keys[i % keys.length]).join(',');
  const rows: [string, Asked][] = [
    ['200', plain],
    ['304', { ...plain, headers: { 'If-None-Match': headers['etag'] ?? headers['ETag'] ?? '' } }],
    ['gzip', { ...plain, headers: { 'Accept-Encoding': 'gzip' } }],
    ['br', { ...plain, headers: { 'Accept-Encoding': 'gzip, deflate, br' } }],
    ['bundle', { path: '/stats', headers: {} }],
    ['10 keys', { path: `/stats?keys=${ten}`, headers: {} }],
    ['history', { path: '/stats/global/history?metrics=totalProjects,schedule.overdue', headers: {} }],
    ['list', { path: '/stats/lists/overdue', headers: {} }],
  ];
  return rows.filter(([name]) => ONLY?.includes(name) ?? true);
}

function tell(name: string, bytes: number, rounds: Map<Peer, Measured[]>): void {
  const [service, ...others] = [...rounds];
  const own = service?.[1] ?? [];
  const of = (measured: readonly Measured[], what: keyof Measured) =>
    median(measured.map((one) => one[what]));
  const ratio = (other: readonly Measured[], what: keyof Measured) =>
    `${median(own.map((one, i) => one[what] / (other[i]?.[what] ?? Number.NaN))).toFixed(2)} x`;
  const columns = [
    `${name}, ${bytes.toLocaleString('en')} bytes`,
    `${Math.round(of(own, 'perSecond')).toLocaleString('en')}/s, ${of(own, 'p50Ms').toFixed(2)} ms, ${of(own, 'p99Ms').toFixed(2)} ms, ${of(own, 'cpuSeconds').toFixed(2)} s`,
    ...others.map(
      ([, other]) =>
        `${ratio(other, 'perSecond')}, ${ratio(other, 'p50Ms')}, ${ratio(other, 'p99Ms')}, ${ratio(other, 'cpuSeconds')}`,
    ),
  ];
  process.stdout.write(`| ${columns.join(' | ')} |\n`);
}

bundle();
const server = await startBenchServer();
const { sql, url: databaseUrl, version } = await fillDatabase(server.url, 'http', PROJECTS);
const node = await (await NodeProcess.start({ name: 'service', program: CLI, databaseUrl })).untilReady();
const peers = [
  await startPeer('bare node:http', 'bare', databaseUrl),
  await startPeer('minimal Hono', 'hono', databaseUrl),
  await startPeer('Hono and SQL', 'sql', databaseUrl),
  await startPeer('Hono and bentocache', 'bentocache', databaseUrl),
];
const redis = await startRedis();
if (redis) peers.push(await startPeer('Hono and Redis', 'redis', databaseUrl, redis));
const nginx = await startNginx(node.url);
const all: Peer[] = [...peers];
if (nginx)
  all.push({
    name: 'nginx proxy_cache',
    url: `http://127.0.0.1:${nginx.port}`,
    pid: nginx.pid,
    answer: async () => {},
  });
try {
  const service: Peer = { name: 'service', url: node.url, pid: node.pid ?? 0, answer: async () => {} };
  const rows = await rowsOf(node.url);
  process.stdout.write(
    `Node ${process.version}, PostgreSQL ${version}, ${cpus().length} cores, ${loadGenerator.name}, medians of ${ROUNDS} rounds of ${SECONDS} s\n\n`,
  );
  process.stdout.write(
    'Requests a second, p50, p99, CPU for 100,000 requests; beside others the median of the ratios of each round.\n\n',
  );
  process.stdout.write(
    `| | service | ${all.map(({ name }) => `beside ${name}`).join(' | ')} |\n|---|---|${'---|'.repeat(all.length)}\n`,
  );
  for (const [name, asked] of rows) {
    const { body } = await answerOf(node.url, asked);
    // All but the first two answer this one only.
    const beside = name === '200' ? all : all.slice(0, 2);
    tell(name, Buffer.from(body, 'base64').byteLength, await measureRow(name, asked, [service, ...beside]));
  }
  if (ONLY?.includes('documents') ?? true) {
    process.stdout.write('\n');
    await scopesTable(sql, service, peers[0] as Peer);
  }
} finally {
  for (const { child } of peers) child.disconnect();
  for (const program of [redis, nginx]) program?.kill();
  await node.kill();
  await sql.end();
  await server.stop();
}
