import { STOP_SIGNALS } from './command.ts';
import { letGoOfStop } from './early-stop.ts';

/** Runs `work` with a signal that the first of STOP_SIGNALS aborts, so that it can clean up. A second one ends the process. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const abort = () => controller.abort();
  for (const name of STOP_SIGNALS) process.once(name, abort);
  letGoOfStop();
  try {
    return await work(controller.signal);
  } finally {
    for (const name of STOP_SIGNALS) process.removeListener(name, abort);
  }
}
