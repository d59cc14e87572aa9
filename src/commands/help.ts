/** What the command line says of itself. */
import type { Command, CommandOption } from './command.ts';

/** What every command takes. */
export const COMMON: Readonly<Record<string, CommandOption>> = {
  json: { type: 'boolean', help: 'print the result as JSON, for programs' },
  help: { type: 'boolean', short: 'h', help: 'print this' },
};

/** Of one command: its options, and examples. */
export function helpOf(command: Command): string {
  const lines = Object.entries({ ...command.options, ...COMMON }).map(
    ([option, { short, argument, help: does }]) => {
      const spelled = [short && `-${short},`, `--${option}`, argument].filter(Boolean).join(' ');
      return `  ${spelled.padEnd(14)}  ${does}`;
    },
  );
  const examples = Object.entries(command.examples).map(
    ([typed, does]) => `  # ${does}\n  ${['dashboard-stats', command.name, typed].join(' ').trim()}`,
  );
  return [
    `Usage: dashboard-stats ${usageOf(command)} [--json]\n  ${command.summary}.`,
    lines.join('\n'),
    `Examples:\n${examples.join('\n')}`,
  ].join('\n\n');
}

/** Of the whole command line. */
export function help(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return [
    'Usage: dashboard-stats COMMAND',
    lines.join('\n'),
    'COMMAND --help lists its options, with examples; each takes --json. --version prints the version.\n' +
      'Settings come from the environment: docs/reference.md, and what is set: dashboard-stats config',
  ].join('\n\n');
}

/** `migrate [--dry-run] [--to N]` */
function usageOf({ name, usage, options = {} }: Command): string {
  const listed = Object.entries(options).map(
    ([option, { argument }]) => `[--${[option, argument].filter(Boolean).join(' ')}]`,
  );
  return [name, usage ?? listed.join(' ')].filter(Boolean).join(' ');
}
