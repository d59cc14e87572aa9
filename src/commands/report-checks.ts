import { type Check, remedyOf } from '../schema/check.ts';
import { type CommandContext, EXIT } from './command.ts';

/** Prints checks and returns the exit code: failed when one is. */
export function reportChecks({ say, result }: CommandContext, checks: readonly Check[]): number {
  printChecks(say, checks);
  const counted = (status: Check['status']) => checks.filter((check) => check.status === status).length;
  const failed = counted('failed');
  const warnings = counted('warning');
  say(`${failed} failed, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}, ${counted('ok')} ok.`);
  result({ checks });
  return failed > 0 ? EXIT.failed : EXIT.done;
}

/** As a table, remedies indented below. */
export function printChecks(say: CommandContext['say'], checks: readonly Check[]): void {
  const width = Math.max(...checks.map(({ name }) => name.length));
  for (const { name, status, detail, ...rest } of checks) {
    say(`${status.padEnd(7)}  ${name.padEnd(width)}  ${detail.replaceAll('\n', '\n         ')}`);
    if (status === 'ok') continue;
    for (const text of Object.values(remedyOf(rest))) say(text.replace(/^/gm, '         '));
  }
}
