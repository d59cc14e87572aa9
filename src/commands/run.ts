import { parseArgs } from 'node:util';
import { pino, stdTimeFunctions } from 'pino';
import packageJson from '../../package.json' with { type: 'json' };
import { readConfig, SETTINGS } from '../config.ts';
import { AppError, ConfigError } from '../errors.ts';
import { nearest } from '../stats/nearest.ts';
import { asTyped } from './as-typed.ts';
import { backupCommand } from './backup.ts';
import { classifyCommand } from './classify.ts';
import { type Command, EXIT, UsageError } from './command.ts';
import { configCommand } from './config.ts';
import { demoCommand } from './demo.ts';
import { demoChangeCommand } from './demo-change.ts';
import { doctorCommand } from './doctor.ts';
import { errorSerializer } from './error-serializer.ts';
import { COMMON, help, helpOf } from './help.ts';
import { invalidateCommand } from './invalidate.ts';
import { logStream } from './log-stream.ts';
import { migrateCommand } from './migrate.ts';
import { mistypedSettings } from './mistyped-settings.ts';
import { preflightCommand } from './preflight.ts';
import { Progress } from './progress.ts';
import { recomputeCommand } from './recompute.ts';
import { rollbackCommand } from './rollback.ts';
import { serveCommand } from './serve.ts';
import { statusCommand } from './status.ts';
import { endAtOnce } from './stop-signal.ts';
import { uninstallCommand } from './uninstall.ts';
import { verifyCommand } from './verify.ts';

const COMMANDS: readonly Command[] = [
  serveCommand,
  preflightCommand,
  migrateCommand,
  statusCommand,
  verifyCommand,
  doctorCommand,
  backupCommand,
  rollbackCommand,
  uninstallCommand,
  demoCommand,
  demoChangeCommand,
  classifyCommand,
  recomputeCommand,
  invalidateCommand,
  configCommand,
];

/**
 * The process ends by itself, when what it printed has gone to whoever reads it, however slowly they do. A silent
 * connection may keep it for a second after that.
 */
export async function exitWith(code: number): Promise<void> {
  endAtOnce();
  process.exitCode = code;
  // Called when all that was written before is written, or when nobody reads any more.
  const flushed = (stream: NodeJS.WriteStream) => new Promise((done) => stream.write('', done));
  await Promise.all([process.stdout, process.stderr].map(flushed));
  setTimeout(() => process.exit(), LINGER_MS).unref();
}
const LINGER_MS = 1_000;

const unread = () => {};

/**
 * Runs one command line and returns the exit code.
 *
 * @param stop aborted when somebody asks for an orderly end; default: never
 */
export async function run(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  stop: AbortSignal = new AbortController().signal,
): Promise<number> {
  const json = args.includes('--json');
  const { stderr } = process;
  // Node looks at NO_COLOR, FORCE_COLOR and TERM.
  const terminal = {
    hasColours: stderr.isTTY && stderr.hasColors(environment),
    clear: () => progress.hide(),
  };
  const log = await logStream(stderr.isTTY ? terminal : undefined);
  for (const stream of [process.stdout, process.stderr]) stream.off('error', unread).on('error', unread);
  const names = COMMANDS.map(({ name }) => name);
  const out = (text: string) => process.stdout.write(`${asTyped(text, names)}\n`);
  const progress = new Progress(stderr.isTTY === true, out);
  const fail = (code: string, message: string, advice?: string, wanted = advice) => {
    if (json) out(JSON.stringify({ error: { code, message, ...(advice && { help: advice }) } }));
    process.stderr.write(`${asTyped([message, wanted].filter(Boolean).join('\n'), names)}\n`);
  };
  const [name, ...rest] = args;
  if (name === '--version') {
    out(packageJson.version);
    return EXIT.done;
  }
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    out(help(COMMANDS));
    return name === undefined ? EXIT.usage : EXIT.done;
  }
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (!command) {
    fail(
      'usage',
      `There is no command "${name}".${didYouMean(name, names)}`,
      undefined,
      `\n${help(COMMANDS)}`,
    );
    return EXIT.usage;
  }
  const mistyped = mistypedSettings(environment);
  try {
    const { values, positionals } = parse(command, rest);
    if (values['help']) {
      out(helpOf(command));
      return EXIT.done;
    }
    const config = readConfig(environment);
    const settings = {
      level: config.LOG_LEVEL,
      base: null,
      serializers: { err: errorSerializer(config.LOG_LEVEL) },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (level: string) => ({ level }) },
    };
    const context = { config, stop, mistyped, log: pino(settings, log) };
    for (const sentence of mistyped) context.log.warn({}, sentence);
    return await command.run(
      {
        ...context,
        progress: json ? () => {} : progress.at,
        say(line) {
          progress.hide();
          if (!json) out(line);
        },
        result: (value) => json && out(JSON.stringify(value)),
      },
      { options: values, positionals },
    );
  } catch (error) {
    progress.end();
    const message =
      error instanceof Error ? error.message || String((error as { code?: unknown }).code) : String(error);
    if (error instanceof UsageError) {
      fail('usage', message, undefined, `\n${helpOf(command)}`);
      return EXIT.usage;
    }
    if (error instanceof ConfigError) {
      const advice = 'See the table of settings in docs/reference.md.';
      fail(error.code, [message, ...mistyped].join('\n'), error.help, advice);
      return EXIT.usage;
    }
    fail(error instanceof AppError ? error.code : 'failed', message, (error as Partial<AppError>).help);
    return EXIT.failed;
  } finally {
    progress.end();
  }
}

/** @throws UsageError */
function parse(command: Command, args: string[]) {
  const options = { ...command.options, ...COMMON };
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    if (positionals.length > 0 && !command.positionals)
      throw new UsageError(`${command.name} takes no "${positionals[0]}".`);
    // A variable of a script that is not set.
    const empty = Object.keys(values).find((option) => values[option] === '');
    if (empty) throw new UsageError(`--${empty} has no value.`);
    return { values: values as Record<string, string | boolean | undefined>, positionals };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (!code?.startsWith('ERR_PARSE_ARGS')) throw error;
    // Node goes on with advice about `--`.
    const [what = message] = message.split(/\. |\n/);
    const option = /^Unknown option '--([^']+)'/.exec(message)?.[1];
    throw new UsageError(
      `${what.replace(/\.?$/, '.')}${option ? insteadOf(option, Object.keys(options)) : ''}`,
    );
  }
}

function insteadOf(option: string, options: readonly string[]): string {
  const setting = option.toUpperCase().replaceAll('-', '_');
  if (SETTINGS.includes(setting)) return ` Set the environment variable ${setting} instead.`;
  return didYouMean(option, options, '--');
}

function didYouMean(typed: string, names: readonly string[], prefix = ''): string {
  const name = nearest(typed, names);
  return name ? ` Did you mean ${prefix}${name}?` : '';
}
