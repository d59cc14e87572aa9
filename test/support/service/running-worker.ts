/** The service in workerd, as `wrangler dev` runs it, with a real PostgreSQL behind Hyperdrive's local connection. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { startWranglerDev } from '../../../scripts/wrangler.ts';
import type { Sql } from '../../../src/db/connection.ts';
import { freePort } from '../../../src/embedded/free-port.ts';
import { createDatabase } from '../servers/database.ts';
import { type DatabaseProxy, startProxy } from '../servers/proxy.ts';
import { ADMIN_TOKEN, asking, EVENTS_TOKEN } from './asking.ts';
import { ROOT } from './bundle.ts';
import type { ContractService } from './contract.ts';
import type { Answer } from './running-service.ts';

/** Bundling and starting it takes 3 s on an idle machine. */
const START_MS = 60_000;

export interface RunningWorker extends ContractService {
  /** Where it listens. */
  base: string;
  url: string;
  /** Between the Worker and its database. */
  proxy: DatabaseProxy;
  /** As the platform calls `scheduled`; `at`: for which time. */
  tick(at?: Date): Promise<void>;
}

/**
 * wrangler.toml as a file without what browsers load: beside that, `wrangler dev` gives ticks of a given time to its own
 * router, which answers 500. The platform gives them to the Worker.
 */
function configWithoutAssets(): string {
  const text = readFileSync(`${ROOT}wrangler.toml`, 'utf8')
    .replace(/^\[assets\]\n(?:\w.*\n)+/m, '')
    .replaceAll(/"(?:\.\/)?((?:src|node_modules)\/[^"]+)"/g, (_, path) => JSON.stringify(ROOT + path));
  const file = join(mkdtempSync(join(tmpdir(), 'dashboard-stats-worker-')), 'wrangler.toml');
  writeFileSync(file, text);
  return file;
}

/** @param beside a service of the same database; it must be closed after this one */
export async function runWorker(
  environment: Record<string, string> = {},
  prepare: (sql: Sql) => Promise<unknown> = async () => {},
  beside?: { url: string; sql: Sql },
  { assets = false } = {},
): Promise<RunningWorker> {
  const { url, sql, drop } = beside ? { ...beside, drop: async () => {} } : await createDatabase();
  await prepare(sql);
  const proxy = await startProxy(url);
  const warnings: string[] = [];
  const wrangler = await startWorkerd(
    proxy.url,
    { ADMIN_TOKEN, EVENTS_TOKEN, LOG_LEVEL: 'warn', ...environment },
    (line) => {
      if (line.startsWith('{"level":')) warnings.push(line);
    },
    assets,
  );
  const ask = asking((path, init) => requestRaw(wrangler.base, path, init));
  return {
    ...ask,
    base: wrangler.base,
    url,
    sql,
    proxy,
    warnings,
    async tick(at = new Date()) {
      const path = `/cdn-cgi/handler/scheduled?cron=${encodeURIComponent('* * * * *')}&time=${at.getTime()}`;
      const { status } = await ask.get(path);
      if (status !== 200) throw new Error(`scheduled answered ${status}: ${warnings.join('\n')}`);
    },
    async close() {
      await wrangler.stop();
      proxy.close();
      await drop();
    },
  };
}

/** See runWorker; it ends with the test. */
export async function runWorkerForTest(...options: Parameters<typeof runWorker>): Promise<RunningWorker> {
  const worker = await runWorker(...options);
  onTestFinished(() => worker.close());
  return worker;
}

async function startWorkerd(
  databaseUrl: string,
  settings: Record<string, string>,
  onLine: (line: string) => void,
  assets: boolean,
): Promise<{ base: string; stop(): Promise<void> }> {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const config = assets ? undefined : configWithoutAssets();
  const child = startWranglerDev(
    [...(config ? ['--config', config] : []), '--env', '', '--ip', '127.0.0.1', '--port', String(port)],
    // A group of its own: workerd is a child of it.
    { stdio: ['ignore', 'pipe', 'pipe'], detached: true },
    databaseUrl,
    settings,
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface(stream).on('line', onLine);
    stream?.on('data', (chunk) => {
      said = (said + chunk).slice(-20_000);
      if (process.env['TEST_LOG_LEVEL']) process.stdout.write(chunk);
    });
  }
  const stop = async () => {
    await endGroup(child);
    if (config) rmSync(dirname(config), { recursive: true });
  };
  const until = performance.now() + START_MS;
  while (!(await answers(base))) {
    if (child.exitCode !== null || performance.now() > until) {
      await stop();
      throw new Error(`wrangler dev did not start:\n${said}`);
    }
    await sleep(100);
  }
  return { base, stop };
}

async function answers(base: string): Promise<boolean> {
  // The app itself, with faulty settings too, and not wrangler.
  return requestRaw(base, '/livez', {}).then(
    ({ headers }) => headers.has('X-Request-Id'),
    () => false,
  );
}

async function endGroup(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  const ended = child.exitCode === null ? once(child, 'exit') : Promise.resolve();
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    try {
      process.kill(-pid, signal);
    } catch {
      // Nobody of the group is left.
    }
    await Promise.race([ended, sleep(3_000)]);
  }
}

/**
 * The bytes as they were sent: fetch would decode them. Without an Accept-Encoding the platform would ask the Worker for
 * br or gzip itself, and decode for the client; to the app on Node it means that there is none.
 */
function requestRaw(base: string, path: string, init: RequestInit): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { 'Accept-Encoding': 'identity', ...(init.headers as Record<string, string>) };
    const { method = 'GET' } = init;
    // A connection for each: workerd ends one that was idle for 5 s, at times just when the next request is sent on it.
    const sent = httpRequest(base + path, { method, headers, agent: false }, async (message) => {
      const chunks: Buffer[] = [];
      for await (const chunk of message) chunks.push(chunk);
      const status = message.statusCode ?? 0;
      const named = Object.entries(message.headersDistinct).flatMap(([name, values = []]) =>
        values.map((value): [string, string] => [name, value]),
      );
      resolve(
        new Response([204, 304].includes(status) ? null : Buffer.concat(chunks), { status, headers: named }),
      );
    });
    sent.on('error', reject);
    sent.end(init.body ?? undefined);
  });
}
