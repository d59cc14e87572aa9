/**
 * What asks for an orderly end: Ctrl-C, a service manager, a closed terminal. Imports next to nothing, so that an entry
 * has it in place before it loads the rest of the program, which takes some tenths of a second.
 */
import { once } from 'node:events';
import { EXIT } from './command.ts';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Under npm one Ctrl-C comes twice, from the terminal and from npm: a signal so soon after the first is the same one. */
const SAME_SIGNAL_MS = 1_000;

/** How often it is asked whether npm is still there. */
const PARENT_CHECK_MS = 200;

/**
 * Aborted by the first of these signals; a later one ends the process at once. Under npm also by the end of npm, which does not pass
 * every signal on: whoever ends npm wants this process to end too.
 */
export function stopSignal(environment: Readonly<Record<string, string | undefined>>): AbortSignal {
  const controller = new AbortController();
  const parent = process.ppid;
  if (environment['npm_lifecycle_event'])
    setInterval(() => process.ppid !== parent && controller.abort(), PARENT_CHECK_MS).unref();
  let [isFirst, isLater] = [true, false];
  // A process that loads hears late of signals, and one after another: after its timers, and before what setImmediate asks for.
  const later = () => setImmediate(() => (isLater = true));
  for (const name of STOP_SIGNALS) {
    process.on(name, () => {
      // After the lines of the log that wait for the end of this turn.
      if (isLater) setImmediate(() => process.exit(EXIT.failed));
      if (isFirst) setTimeout(later, SAME_SIGNAL_MS).unref();
      isFirst = false;
      controller.abort();
    });
  }
  return controller.signal;
}

/** From here on a signal ends the process at once: nothing is under way any more. */
export function endAtOnce(): void {
  for (const name of STOP_SIGNALS) process.removeAllListeners(name);
}

/** Resolves when `signal` is aborted, or is so already. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
