import { vi } from 'vitest';
import { run } from '../../../src/commands/run.ts';
import type { Ended } from './command-line.ts';

/**
 * Runs a command line in this process, which is faster than startCommand: for what it prints, and its exit code.
 *
 * @param stop aborted: as if a signal had come
 */
export async function typeCommand(
  line: string,
  environment: Record<string, string> = {},
  stop?: AbortSignal,
): Promise<Ended> {
  const said = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      said[name] += text;
      return true;
    }),
  );
  try {
    const code = await run(line.split(' '), { LOG_LEVEL: 'silent', ...environment }, stop);
    return { code, ...said };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
