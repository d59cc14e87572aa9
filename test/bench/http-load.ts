/** Answers a second, and what they cost: wrk (a Debian package) asks some servers in turn, round after round. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { promisify } from 'node:util';
import type { PeerAnswer } from './http-peer.ts';

export const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 7);
export const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 2);
export const CONNECTIONS = 32;
/** Of the kernel's counts of CPU time. */
const TICKS_PER_SECOND = 100;
/** What node:http adds by itself. */
const OWN_HEADERS = ['date', 'connection', 'keep-alive', 'transfer-encoding'];

export interface Peer {
  name: string;
  url: string;
  pid: number;
  answer(told: PeerAnswer): Promise<void>;
}
export interface Asked {
  path: string;
  headers: Record<string, string>;
}
export interface Measured {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  cpuSeconds: number;
}

const say = (text: string) => process.stderr.write(`${text}\n`);
export const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** The answer as it is on the wire, without what node:http adds. */
export function answerOf(url: string, { path, headers }: Asked): Promise<PeerAnswer> {
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
export async function load({ url, pid }: Peer, { path, headers }: Asked): Promise<Measured> {
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

/** Rounds in which each peer has its turn; the order turns too. */
export async function measureRow(
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

export async function requireWrk(): Promise<void> {
  await promisify(execFile)('wrk', ['-v']).catch((error) => {
    if (error.code === 'ENOENT') throw new Error('wrk is needed. On Debian: apt install wrk');
  });
}
