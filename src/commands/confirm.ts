import { createInterface } from 'node:readline';
import { UsageError } from './command.ts';

/**
 * Asks on the terminal; anything but `yes` is a no, Ctrl-C and an aborted `signal` too.
 *
 * @throws UsageError where nobody can answer
 */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new UsageError('This is asked for confirmation on a terminal only. In a script, add --yes.');
  const readline = createInterface({ input: process.stdin, output: process.stderr, signal });
  const answer = await new Promise<string>((resolve) => {
    readline.once('close', () => resolve(''));
    readline.question(`${question} Type yes: `, resolve);
  });
  readline.close();
  return answer.trim().toLowerCase() === 'yes';
}
