import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { OnProgress } from './progress.ts';

/** How a command ends: done, failed or found faults, wrong usage or settings. */
export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

export interface CommandContext {
  config: Config;
  log: Log;
  /** A sentence for each variable that is nearly a setting. */
  mistyped: readonly string[];
  /** Aborted when somebody asks for an orderly end. */
  stop: AbortSignal;
  /** How far the work is, for the person who runs it; nothing with --json. */
  progress: OnProgress;
  /** A line for the person who runs it; nothing with --json. */
  say: (line: string) => void;
  /** The result of the command with --json; nothing without. */
  result: (value: object) => void;
}

export interface CommandInput {
  options: Readonly<Record<string, string | boolean | undefined>>;
  positionals: readonly string[];
}

/** For parseArgs, and for the help of the command. */
export interface CommandOption {
  type: 'boolean' | 'string';
  short?: string;
  /** What it takes, e.g. `N`. */
  argument?: string;
  /** What it does, in a line. */
  help: string;
}

/** One command of the command line. Every command also takes --json and --help. */
export interface Command {
  name: string;
  summary: string;
  options?: Readonly<Record<string, CommandOption>>;
  /** What comes after the name, e.g. `KEY... | --all`; default: each option in brackets. */
  usage?: string;
  /** What one types, after the name of the command, and what for. */
  examples: Readonly<Record<string, string>>;
  /** Takes arguments that are no options, as many as there are; default: none. */
  positionals?: true;
  /** Returns the exit code. */
  run(context: CommandContext, input: CommandInput): Promise<number>;
}

/** Wrong usage: the message says what to type instead. */
export class UsageError extends Error {}
