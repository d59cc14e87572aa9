import { hostname, userInfo } from 'node:os';
import { type AskedAction, MAX_REASON } from '../trail/admin-actions.ts';
import { Trail } from '../trail/trail.ts';
import { type CommandInput, type CommandOption, UsageError } from './command.ts';
import type { DatabaseContext } from './database.ts';

/** Why; for the trail of admin actions. */
export const REASON: CommandOption = {
  type: 'string',
  argument: 'TEXT',
  help: 'why, for the trail of admin actions',
};

/** @throws UsageError where it is too long */
export function reasonOf({ options }: CommandInput): string | undefined {
  const reason = options['reason'] as string | undefined;
  if (reason && reason.length > MAX_REASON)
    throw new UsageError(`The reason has ${reason.length} characters. At most ${MAX_REASON} are kept.`);
  return reason;
}

export function commandTrail({ sql, log }: DatabaseContext): Trail {
  return new Trail({ sql, log, now: () => performance.now(), logsActions: false });
}

/** Who runs this command, and on which machine. */
export function commandCaller(): Pick<AskedAction, 'who' | 'address'> {
  return { who: `${userName()} (command)`, address: hostname() };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a number that no account has.
    return `user ${process.getuid?.()}`;
  }
}
