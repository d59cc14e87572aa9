/** Answers a second, and what they cost: some servers are asked in turn, round after round. */
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import type { PeerAnswer } from './http-peer.ts';
import { loadGenerator } from './load-generator.ts';

export const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 7);
export const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 2);
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

/** @throws where an answer is an error */
export async function load({ url, pid }: Peer, asked: Asked): Promise<Measured> {
  const before = cpuSecondsOf(pid);
  const { requests, ...measured } = await loadGenerator.load(url, asked, SECONDS);
  return { ...measured, cpuSeconds: ((cpuSecondsOf(pid) - before) / requests) * 100_000 };
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
