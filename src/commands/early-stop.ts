/**
 * Ctrl-C while the rest of the program is still loading, which takes some tenths of a second. Imports next to nothing, so
 * that an entry has it in place before it loads anything else.
 */
import { InterruptedError } from '../errors.ts';
import { EXIT, STOP_SIGNALS } from './command.ts';

/** Until letGoOfStop(): the process ends at once, in the words and with the exit code of the command `name`. */
export function catchEarlyStop(name: string | undefined): void {
  for (const signal of STOP_SIGNALS) process.once(signal, name === 'serve' ? endService : endCommand);
}

/** For whoever has a handler of its own in place. */
export function letGoOfStop(): void {
  for (const signal of STOP_SIGNALS) process.off(signal, endService).off(signal, endCommand);
}

function endService(): never {
  process.stdout.write('Stopped.\n');
  process.exit(EXIT.done);
}

function endCommand(): never {
  const { code, message } = new InterruptedError('nothing was changed');
  if (process.argv.includes('--json'))
    process.stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
  process.stderr.write(`${message}\n`);
  process.exit(EXIT.failed);
}
