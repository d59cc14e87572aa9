/**
 * What asks for an orderly end: Ctrl-C, a service manager, a closed terminal. Imports next to nothing, so that an entry
 * has it in place before it loads the rest of the program, which takes some tenths of a second.
 */
import { EXIT } from './command.ts';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Aborted by the first of these signals; the second one ends the process at once. */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of STOP_SIGNALS) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(EXIT.failed);
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
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
