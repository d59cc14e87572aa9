/** What asks a server as often as it can: wrk where it is installed (a Debian package), else autocannon, which takes more of the machine. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Asked } from './http-load.ts';

const CONNECTIONS = 32;

interface Loaded {
  requests: number;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
}

interface LoadGenerator {
  /** As one types it. */
  name: string;
  /** @throws where an answer is an error */
  load(url: string, asked: Asked, seconds: number): Promise<Loaded>;
}

const run = promisify(execFile);
const headerOptions = ({ headers }: Asked) =>
  Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);

const wrk: LoadGenerator = {
  name: `wrk -t1 -c${CONNECTIONS}`,
  async load(url, asked, seconds) {
    const { stdout } = await run('wrk', [
      ...['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '--latency'],
      ...headerOptions(asked),
      url + asked.path,
    ]);
    if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`Not every request was answered: ${stdout}`);
    const ms = (percent: number) => {
      const [, value, unit] = new RegExp(`${percent}%\\s+([\\d.]+)(us|ms|s)`).exec(stdout) ?? [];
      return Number(value) * { us: 0.001, ms: 1, s: 1_000 }[unit as 'us' | 'ms' | 's'];
    };
    return {
      requests: Number(/(\d+) requests in/.exec(stdout)?.[1]),
      perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
      p50Ms: ms(50),
      p99Ms: ms(99),
    };
  },
};

const autocannon: LoadGenerator = {
  name: `autocannon -c ${CONNECTIONS}`,
  async load(url, asked, seconds) {
    const program = fileURLToPath(import.meta.resolve('autocannon'));
    const { stdout } = await run(process.execPath, [
      ...[program, '--json', '-c', `${CONNECTIONS}`, '-d', `${seconds}`],
      ...headerOptions(asked),
      url + asked.path,
    ]);
    const told = JSON.parse(stdout);
    if (told.errors + told['4xx'] + told['5xx'] > 0)
      throw new Error(`Not every request was answered: ${stdout}`);
    // Its percentiles are whole milliseconds, of which half the requests take none.
    const { requests, latency } = told;
    return {
      requests: requests.total,
      perSecond: requests.average,
      p50Ms: latency.p50 || Number.NaN,
      p99Ms: latency.p99,
    };
  },
};

const { code } = await run('wrk', ['-v']).catch((error) => error);
export const loadGenerator = code === 'ENOENT' ? autocannon : wrk;
