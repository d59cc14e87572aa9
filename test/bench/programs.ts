/** Programs of others that `npm run bench:http` measures the service beside, where they are installed. Each ends by `kill`. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../src/embedded/free-port.ts';

export interface Program {
  /** Of its one process. */
  pid: number;
  port: number;
  kill(): void;
}

/** undefined where it is not installed. */
export const startRedis = () =>
  start('redis-server', (port) => [
    '--bind',
    '127.0.0.1',
    '--port',
    String(port),
    '--save',
    '',
    '--appendonly',
    'no',
  ]);

/** A cache before the service as it is usually set: an answer is kept for a second, whatever it says itself. */
export const startNginx = (serviceUrl: string) =>
  start('nginx', (port, folder) => {
    writeFileSync(join(folder, 'nginx.conf'), nginxConf(port, folder, serviceUrl));
    return ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'];
  });

const nginxConf = (port: number, folder: string, serviceUrl: string) => `
daemon off; master_process off; pid nginx.pid;
events { worker_connections 256; }
http {
  access_log off; keepalive_timeout 65; keepalive_requests 100000000;
  client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
  proxy_cache_path ${folder}/cache keys_zone=stats:10m;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass ${serviceUrl};
      proxy_cache stats; proxy_cache_valid 200 1s; proxy_cache_use_stale updating; proxy_cache_lock on;
      proxy_ignore_headers Cache-Control;
    }
  }
}
`;

async function start(
  program: string,
  argumentsOf: (port: number, folder: string) => string[],
): Promise<Program | undefined> {
  if (!isInstalled(program)) return undefined;
  const folder = mkdtempSync(join(tmpdir(), `dashboard-stats-${program}-`));
  const port = await freePort();
  const child = spawn(program, argumentsOf(port, folder), { stdio: ['ignore', 'ignore', 'inherit'] });
  await listening(child, port);
  const kill = () => {
    child.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    child.kill();
  };
  return { pid: child.pid ?? 0, port, kill };
}

function isInstalled(program: string): boolean {
  try {
    execFileSync(program, ['-v'], { stdio: 'ignore' });
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}

/** @throws where it ends instead */
async function listening(child: ChildProcess, port: number): Promise<void> {
  while (child.exitCode === null) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1')
        .on('connect', () => resolve(true))
        .on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (isOpen) return;
    await sleep(50);
  }
  throw new Error(`${child.spawnfile} ended with exit code ${child.exitCode}.`);
}
