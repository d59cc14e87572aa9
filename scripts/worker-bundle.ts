/** Builds what `wrangler deploy` would upload, uploads nothing, and fails where it is too large or starts too slowly. */
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { startWrangler } from './wrangler.ts';

/** The platform takes 3 MB compressed on its free plan, 10 MB on paid ones. What is larger than this has grown by a package. */
const MAX_GZIP_KIB = 350;
/** Of the processor, until the first request can be taken. The platform refuses 1,000. Its machines are not this one. */
const MAX_START_MS = 300;
/** The shortest counts: others were disturbed, and on a busy machine all may be. */
const TRIES = 3;
const MOST_TRIES = 8;

const dir = await mkdtemp(join(tmpdir(), 'dashboard-stats-worker-'));
try {
  await wrangler('deploy', '--dry-run', '--env', '', '--outdir', dir);
  const [script] = (await readdir(dir)).filter((name) => name.endsWith('.js'));
  const bytes = await readFile(join(dir, String(script)));
  const gzipKib = gzipSync(bytes).byteLength / 1024;
  const starts: number[] = [];
  while (starts.length < TRIES || (Math.min(...starts) > MAX_START_MS && starts.length < MOST_TRIES)) {
    const profile = join(dir, `${starts.length}.cpuprofile`);
    await wrangler('check', 'startup', '--args=--env=', '--outfile', profile);
    starts.push(busyMs(JSON.parse(await readFile(profile, 'utf8'))));
  }
  const startMs = Math.min(...starts);
  print(
    `Bundle: ${(bytes.byteLength / 1024).toFixed(0)} KiB, ${gzipKib.toFixed(0)} compressed (at most ${MAX_GZIP_KIB}).`,
  );
  print(`Start of an isolate: ${startMs.toFixed(0)} ms of processor time (at most ${MAX_START_MS}).`);
  if (gzipKib > MAX_GZIP_KIB || startMs > MAX_START_MS) process.exitCode = 1;
} finally {
  await rm(dir, { recursive: true });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function wrangler(...args: string[]): Promise<void> {
  const child = startWrangler(args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      said += chunk;
    });
  }
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`wrangler ${args[0]} ended with ${code}:\n${said}`);
}

/** Of a profile of V8, times in µs. */
function busyMs(profile: {
  nodes: { id: number; callFrame: { functionName: string } }[];
  samples: number[];
  timeDeltas: number[];
}): number {
  const idle = new Set(
    profile.nodes.filter(({ callFrame }) => callFrame.functionName === '(idle)').map(({ id }) => id),
  );
  const busy = profile.timeDeltas.filter((_, i) => !idle.has(profile.samples[i] ?? 0));
  return busy.reduce((sum, delta) => sum + delta, 0) / 1000;
}
