/**
 * `npm run bench:http`: what an answer from memory costs beside servers that do nothing else than write the same bytes. Each is a process of
 * its own on 127.0.0.1; wrk (a Debian package) asks them in turn, round after round, so that what else the machine does meets all of
 * them; redis-server and nginx (Debian packages) too, where they are installed. BENCH_ROUNDS (default 7), BENCH_SECONDS (default 2) for each of them in each round, BENCH_ROWS (some of the names, comma-separated).
 */
import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import bundle, { CLI } from '../support/service/bundle.ts';
import { NodeProcess } from '../support/service/node-process.ts';
import { fillDatabase, startBenchServer } from './filled.ts';
import type { PeerAnswer, PeerKind } from './http-peer.ts';
import { type Program, startNginx, startRedis } from './programs.ts';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 7);
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 2);
const ONLY = process.env['BENCH_ROWS']?.split(',');
const PROJECTS = 1_000;
const CONNECTIONS = 32;
/** Of the kernel's counts of CPU time. */
const TICKS_PER_SECOND = 100;
/** What node:http adds by itself. */
const OWN_HEADERS = ['date', 'connection', 'keep-alive', 'transfer-encoding'];

interface Peer {
  name: string;
  url: string;
  pid: number;
  answer(told: PeerAnswer): Promise<void>;
}
interface Asked {
  path: string;
  headers: Record<string, string>;
}
interface Measured {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  cpuSeconds: number;
}

const say = (text: string) => process.stderr.write(`${text}\n`);
const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** The answer as it is on the wire, without what node:http adds. */
function answerOf(url: string, { path, headers }: Asked): Promise<PeerAnswer> {
  return new Promise((resolve, reject) => {
    const asked = request(url + path, { headers }, async (response) => {
      const { rawHeaders, statusCode: status = 0 } = response;
      const body = Buffer.concat(await response.toArray()).toString('base64');
      const pairs = rawHeaders.flatMap((name, i): [string, string][] =>
        i % 2 === 0 && !OWN_HEADERS.includes(name.toLowerCase()) ? [[name, rawHeaders[i + 1] ?? '']] : [],
      );
      resolve({ status, headers: Object.fromEntries(pairs), body });
    });
    asked.on('error', reject);
    asked.end();
  });
}

function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** @throws where wrk is missing or an answer is an error */
async function load({ url, pid }: Peer, { path, headers }: Asked): Promise<Measured> {
  const before = cpuSecondsOf(pid);
  const { stdout } = await promisify(execFile)('wrk', [
    ...['-t1', `-c${CONNECTIONS}`, `-d${SECONDS}s`, '--latency'],
    ...Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
    url + path,
  ]);
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`Not every request was answered: ${stdout}`);
  const ms = (percent: number) => {
    const [, value, unit] = new RegExp(`${percent}%\\s+([\\d.]+)(us|ms|s)`).exec(stdout) ?? [];
    return Number(value) * { us: 0.001, ms: 1, s: 1_000 }[unit as 'us' | 'ms' | 's'];
  };
  return {
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
    p50Ms: ms(50),
    p99Ms: ms(99),
    cpuSeconds: ((cpuSecondsOf(pid) - before) / Number(/(\d+) requests in/.exec(stdout)?.[1])) * 100_000,
  };
}

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

/** Rounds in which each peer has its turn; the order turns too. */
async function measureRow(
  name: string,
  asked: Asked,
  peers: readonly Peer[],
): Promise<Map<Peer, Measured[]>> {
  const [service] = peers;
  if (!service) throw new Error('There is nobody to measure.');
  const told = await answerOf(service.url, asked);
  for (const peer of peers) await peer.answer(told);
  const rounds = new Map<Peer, Measured[]>(peers.map((peer) => [peer, []]));
  // The first one is for the compiler of Node.
  for (let round = 0; round <= ROUNDS; round++) {
    for (let turn = 0; turn < peers.length; turn++) {
      const peer = peers[(round + turn) % peers.length] as Peer;
      const measured = await load(peer, asked);
      if (round > 0) rounds.get(peer)?.push(measured);
    }
    say(`${name}, round ${round} of ${ROUNDS}`);
  }
  return rounds;
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

async function requireWrk(): Promise<void> {
  await promisify(execFile)('wrk', ['-v']).catch((error) => {
    if (error.code === 'ENOENT') throw new Error('wrk is needed. On Debian: apt install wrk');
  });
}

await requireWrk();
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
    `Node ${process.version}, PostgreSQL ${version}, ${cpus().length} cores, wrk -t1 -c${CONNECTIONS}, medians of ${ROUNDS} rounds of ${SECONDS} s\n\n`,
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
} finally {
  for (const { child } of peers) child.disconnect();
  for (const program of [redis, nginx]) program?.kill();
  await node.kill();
  await sql.end();
  await server.stop();
}
