import { inspectRollback } from '../schema/dump/inspect.ts';
import { requireOwnSession } from '../schema/dump/postgres-tools.ts';
import { rollBack } from '../schema/dump/restore.ts';
import type { UndoPlan } from '../schema/undo/plan.ts';
import { previewUndo, requireAlone, type UndoneMigration, undoMigrations } from '../schema/undo.ts';
import { type Command, type CommandContext, type CommandInput, EXIT, UsageError } from './command.ts';
import { confirm } from './confirm.ts';
import { type OpenDatabase, withDatabase } from './database.ts';
import { printChecks } from './report-checks.ts';

export const rollbackCommand: Command = {
  name: 'rollback',
  usage: '(--to FILE [--bin DIR] | --undo-to N) [--force] [--yes]',
  summary:
    'Go back to a backup, or undo every migration after number N; tells first what is lost, and asks. --force: also ' +
    'while others are connected, or to a dump of another database',
  options: {
    to: { type: 'string', argument: 'FILE', help: 'the backup to go back to' },
    force: { type: 'boolean', help: 'also while others are connected, or to a dump of another database' },
    bin: { type: 'string', argument: 'DIR', help: 'the folder of pg_restore; default: looked for' },
    'undo-to': { type: 'string', argument: 'N', help: 'undo every migration after number N instead; 0: all' },
    yes: { type: 'boolean', help: 'do not ask' },
  },
  async run(context, input) {
    const { to, 'undo-to': undoTo } = input.options as Record<string, string | undefined>;
    if ((to === undefined) === (undoTo === undefined)) {
      throw new UsageError('rollback takes either --to FILE or --undo-to N.');
    }
    if (undoTo !== undefined && !/^\d+$/.test(undoTo)) {
      throw new UsageError('--undo-to takes the number of the last migration that stays; 0 undoes all.');
    }
    if (input.options['json'] && !input.options['yes']) {
      throw new UsageError('With --json nobody sees what would be lost: add --yes.');
    }
    const undone: UndoneMigration[] = [];
    return withDatabase(
      context.config,
      context.log,
      (db, signal) =>
        to === undefined
          ? undo({ context, input, db, signal, undone }, Number(undoTo))
          : restore({ context, input, db, signal }, to),
      () => {
        const last = undone.at(-1);
        if (last === undefined) return 'the database is as it was';
        return `undone: ${undone.length}, down to ${last.name}; the next one is as it was`;
      },
    );
  },
};

interface Running {
  context: CommandContext;
  input: CommandInput;
  db: OpenDatabase;
  signal: AbortSignal;
}

async function undo(
  {
    context: { say, result },
    input: { options },
    db: { sql },
    signal,
    undone,
  }: Running & { undone: UndoneMigration[] },
  to: number,
): Promise<number> {
  if (!options['force']) await requireAlone(sql);
  const plan = await previewUndo(sql, to);
  if (plan.migrations.length > 0) {
    for (const line of describe(plan)) say(line);
    if (!options['yes'] && !(await confirm('Undo these migrations?', signal))) return refused(say);
    if (!options['force']) await requireAlone(sql);
  }
  await undoMigrations(sql, to, (one) => {
    undone.push(one);
    const kept =
      one.keptRows > 0 ? `; ${one.keptRows} of its rows stay, as they were changed or are used` : '';
    say(`undone   ${one.name}  (${Math.round(one.durationMs)} ms)${kept}`);
  });
  say(undone.length === 0 ? 'Nothing to do: no migration after that number is applied.' : 'Done.');
  result({ plan, undone });
  return EXIT.done;
}

function* describe({ migrations, tables, columns, others, stays }: UndoPlan): Generator<string> {
  yield `To be undone: ${migrations.join(', ')}.`;
  if (tables.length + columns.length > 0) yield 'What would be lost:';
  for (const { name, rows } of tables) yield `  table ${name}, rows: ${rows}`;
  for (const { name, values } of columns) yield `  column ${name}, values: ${values}`;
  for (const other of others) yield `  ${other}: not made by the migrations, but it goes along`;
  for (const sentence of stays) yield sentence;
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
