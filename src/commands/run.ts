import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { readConfig } from '../config.ts';
import { AppError, ConfigError } from '../errors.ts';
import { backupCommand } from './backup.ts';
import { classifyCommand } from './classify.ts';
import { type Command, EXIT, UsageError } from './command.ts';
import { demoCommand } from './demo.ts';
import { invalidateCommand } from './invalidate.ts';
import { migrateCommand } from './migrate.ts';
import { preflightCommand } from './preflight.ts';
import { recomputeCommand } from './recompute.ts';
import { rollbackCommand } from './rollback.ts';
import { serveCommand } from './serve.ts';
import { statusCommand } from './status.ts';
import { verifyCommand } from './verify.ts';

const COMMANDS: readonly Command[] = [
  serveCommand,
  preflightCommand,
  migrateCommand,
  statusCommand,
  verifyCommand,
  backupCommand,
  rollbackCommand,
  demoCommand,
  classifyCommand,
  recomputeCommand,
  invalidateCommand,
];

/** Output may still be under way to a pipe, so the process ends by itself; a silent connection may not keep it. */
export function exitWith(code: number): void {
  process.exitCode = code;
  setTimeout(() => process.exit(), LINGER_MS).unref();
}
const LINGER_MS = 1_000;

/** Runs one command line and returns the exit code. */
export async function run(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const json = args.includes('--json');
  const out = (text: string) => process.stdout.write(`${text}\n`);
  const complain = (text: string) => process.stderr.write(`${text}\n`);
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name === '--help') {
    out(help());
    return name === undefined ? EXIT.usage : EXIT.done;
  }
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (!command) {
    complain(`There is no command "${name}".\n\n${help()}`);
    return EXIT.usage;
  }
  try {
    const { values, positionals } = parseArgs({
      args: rest,
      options: { ...command.options, json: { type: 'boolean' }, help: { type: 'boolean' } },
      allowPositionals: true,
    });
    if (values['help']) {
      out(usage(command));
      return EXIT.done;
    }
    if (positionals.length > 0 && !command.usage.includes('KEY')) {
      throw new UsageError(`${command.name} takes no "${positionals[0]}".`);
    }
    const config = readConfig(environment);
    return await command.run(
      {
        config,
        log: pino({ level: config.LOG_LEVEL, base: null }, pino.destination({ dest: 2, sync: true })),
        say: (line) => json || out(line),
        result: (value) => json && out(JSON.stringify(value)),
      },
      { options: values as Record<string, string | boolean | undefined>, positionals },
    );
  } catch (error) {
    return fail(error);
  }

  function fail(error: unknown): number {
    if (error instanceof UsageError || isParseError(error)) {
      complain(`${(error as Error).message}\n\n${usage(command as Command)}`);
      return EXIT.usage;
    }
    const { code, help: advice } = error instanceof AppError ? error : { code: 'failed', help: undefined };
    const message =
      error instanceof Error ? error.message || String((error as { code?: unknown }).code) : String(error);
    if (json) out(JSON.stringify({ error: { code, message, ...(advice ? { help: advice } : {}) } }));
    complain(`${message}${advice ? `\n${advice}` : ''}`);
    if (error instanceof ConfigError) complain('See the table of settings in README.md.');
    return EXIT.failed;
  }
}

function isParseError(error: unknown): boolean {
  return String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS');
}

function usage({ name, usage: rest, summary }: Command): string {
  return `Usage: dashboard-stats ${[name, rest, '[--json]'].filter(Boolean).join(' ')}\n  ${summary}.`;
}

function help(): string {
  const width = Math.max(...COMMANDS.map(({ name, usage: rest }) => `${name} ${rest}`.length));
  const lines = COMMANDS.map(
    ({ name, usage: rest, summary }) => `  ${`${name} ${rest}`.padEnd(width)}  ${summary}`,
  );
  return `Usage: dashboard-stats COMMAND\n\n${lines.join('\n')}\n\nEvery command takes --json and --help. Settings come from the environment; see README.md.`;
}
