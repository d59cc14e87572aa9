/** Ends a server whose process of ours has ended without stopping it. */
import { spawn } from 'node:child_process';
import { type Account, spawnOptions } from './account.ts';

/**
 * A shell waits for a line that only comes when the server has been stopped. The kernel closes its pipe together with our process,
 * however that ends, and SIGINT is PostgreSQL's fast stop. Windows has no such shell: there the next start takes the server over.
 *
 * @param pid of the postmaster
 * @returns calls it off
 */
export function endWithUs(pid: number, account: Account | undefined): () => void {
  if (process.platform === 'win32') return () => {};
  const shell = spawn('/bin/sh', ['-c', `read -r line || kill -INT ${pid}`], {
    ...spawnOptions(account),
    // Ctrl-C in a terminal must not reach it.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const { stdin } = shell;
  for (const emitter of [shell, stdin]) emitter?.on('error', () => undefined);
  shell.unref();
  (stdin as unknown as { unref(): void } | null)?.unref();
  return () => stdin?.end('stopped\n');
}
