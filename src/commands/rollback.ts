import { inspectRollback } from '../schema/dump/inspect.ts';
import { requireOwnSession } from '../schema/dump/postgres-tools.ts';
import { rollBack } from '../schema/dump/restore.ts';
import { type Command, type CommandContext, type CommandInput, EXIT, UsageError } from './command.ts';
import { confirm, requireYesWithJson } from './confirm.ts';
import { type OpenDatabase, withDatabase } from './database.ts';
import { printChecks } from './report-checks.ts';

export const rollbackCommand: Command = {
  name: 'rollback',
  usage: '--to FILE [--bin DIR] [--force] [--yes]',
  summary: 'Go back to a backup; prints first what is lost, and asks',
  options: {
    to: { type: 'string', argument: 'FILE', help: 'the backup to go back to' },
    force: { type: 'boolean', help: 'also while others are connected, or to a dump of another database' },
    bin: { type: 'string', argument: 'DIR', help: 'the folder of pg_restore; default: looked for' },
    yes: { type: 'boolean', help: 'do not ask' },
  },
  async run(context, input) {
    const { to } = input.options as Record<string, string | undefined>;
    if (to === undefined) throw new UsageError('rollback takes --to FILE.');
    requireYesWithJson(input.options);
    return withDatabase(
      context.config,
      context.log,
      (db, signal) => restore({ context, input, db, signal }, to),
      () => 'the database is as it was',
    );
  },
};

interface Running {
  context: CommandContext;
  input: CommandInput;
  db: OpenDatabase;
  signal: AbortSignal;
}

async function restore(
  { context: { config, say, result }, input: { options }, db: { url }, signal }: Running,
  file: string,
): Promise<number> {
  await requireOwnSession(url);
  const rollback = {
    url,
    file,
    force: options['force'] === true,
    binDir: options['bin'] as string | undefined,
    path: config.PATH,
    signal,
  };
  const dump = await inspectRollback(rollback);
  say(`${file}: the database ${dump.database} of ${dump.createdAt}, PostgreSQL ${dump.serverVersion}.`);
  say(`It would replace all of ${dump.target}: what was written since is lost.`);
  const rows = Object.entries(dump.rowsNow).map(([table, count]) => `"${table}" ${count ?? 'unknown'}`);
  say(`Rows there now: ${rows.join(', ')}; what the dump has is told once it is restored.`);
  if (!options['yes'] && !(await confirm('Go back to it?', signal))) return refused(say);
  const done = await rollBack(rollback);
  printChecks(say, done.checks);
  say(`Done. What ${done.database} was before is kept as the database ${done.former}.`);
  say(`When it is not needed any more: DROP DATABASE "${done.former}"`);
  if (done.uncopied.length > 0) {
    say('This role may not copy these settings of the database. As a superuser:');
    for (const statement of done.uncopied) say(`  ${statement}`);
  }
  result({ dump, ...done });
  return done.checks.every(({ status }) => status === 'ok') ? EXIT.done : EXIT.failed;
}

function refused(say: (line: string) => void): number {
  say('Nothing was changed.');
  return EXIT.failed;
}
