import type { Log } from '../../log.ts';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** One JSON object a line to the console, for platforms that collect it from there. Where pino runs, use pino. */
export function consoleLog(least: (typeof LEVELS)[number], write: (line: string) => void): Log {
  const at =
    (level: (typeof LEVELS)[number]) =>
    (data: object, message: string): void => {
      if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return;
      const time = new Date().toISOString();
      write(JSON.stringify({ level, time, msg: message, ...data }, (_, value) => plain(value)));
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** An error has no members that JSON would show. */
function plain(value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  return { ...value, name, message, stack, ...(cause === undefined ? {} : { cause }) };
}
