import { createInterface } from 'node:readline';
import { type CommandInput, UsageError } from './command.ts';

/** @throws UsageError with --json without --yes */
export function requireYesWithJson({ json, yes }: CommandInput['options']): void {
  if (json && !yes) throw new UsageError('With --json nobody sees what would be lost: add --yes.');
}

interface Terminal {
  /** `isTTY`: a person can answer there. */
  input: NodeJS.ReadableStream & { isTTY?: boolean };
  output: NodeJS.WritableStream;
}

/**
 * Asks on the terminal; anything but `yes` is a no, Ctrl-C and an aborted `signal` too.
 *
 * @throws UsageError where nobody can answer
 */
export async function confirm(
  question: string,
  signal: AbortSignal,
  { input, output }: Terminal = { input: process.stdin, output: process.stderr },
): Promise<boolean> {
  if (!input.isTTY) throw new UsageError('Confirmation needs a terminal. In a script, add --yes.');
  const readline = createInterface({ input, output, signal });
  const answer = await new Promise<string>((resolve) => {
    readline.once('close', () => resolve(''));
    readline.question(`${question} Type yes: `, resolve);
  });
  readline.close();
  return answer.trim().toLowerCase() === 'yes';
}
