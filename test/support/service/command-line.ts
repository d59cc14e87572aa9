import { spawn } from 'node:child_process';
import { expect, onTestFinished, vi } from 'vitest';
import { CLI } from './bundle.ts';

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/**
 * Runs the command line in a process of its own, without a terminal; it does not outlive the test.
 *
 * @param nodeArgs for Node, before the program
 */
export function startCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  { program = CLI, nodeArgs = [] as string[] } = {},
): { kill(signal: NodeJS.Signals): void; said(part: string): Promise<void>; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [...nodeArgs, program, ...args], {
    cwd: new URL('../../../', import.meta.url),
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Ended>((resolve) =>
    child.once('close', (code) => resolve({ code, stdout, stderr })),
  );
  return {
    kill: (signal) => child.kill(signal),
    said: (part) => vi.waitFor(() => expect(stdout + stderr).toContain(part), { timeout: 60_000 }),
    ended,
  };
}
