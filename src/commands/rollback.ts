import { requireOwnSession } from '../schema/postgres-tools.ts';
import { type Rollback, rollBack } from '../schema/rollback.ts';
import { type Command, EXIT, UsageError } from './command.ts';
import { confirm, requireYesWithJson } from './confirm.ts';
import { withDatabase } from './database.ts';

export const rollbackCommand: Command = {
  name: 'rollback',
  usage: '--to FILE [--bin DIR] [--force] [--yes]',
  summary: 'Go back to a backup; prints first what it replaces, and asks',
  examples: {
    '--to before.dump': 'asks before it replaces anything',
    '--to before.dump --yes': 'in a script',
  },
  options: {
    to: { type: 'string', argument: 'FILE', help: 'the backup to go back to' },
    force: { type: 'boolean', help: 'also while others are connected, or to a dump of another database' },
    bin: { type: 'string', argument: 'DIR', help: 'the folder of pg_restore; default: looked for' },
    yes: { type: 'boolean', help: 'do not ask' },
  },
  async run(context, { options }) {
    const { to: file, bin: binDir } = options as Record<string, string | undefined>;
    if (file === undefined) throw new UsageError('rollback takes --to FILE.');
    requireYesWithJson(options);
    return withDatabase(context, async ({ address, config, stop: signal, say, progress, result, soFar }) => {
      soFar('the database is as it was');
      await requireOwnSession(address);
      const force = options['force'] === true;
      const done = await rollBack({
        ...{ address, file, force, binDir, path: config.PATH, signal },
        onRows: (done, total) => progress('rows', done, total),
        async confirm(dump, target) {
          const origin = dump
            ? `the database ${dump.database} of ${dump.createdAt}, PostgreSQL ${dump.serverVersion}`
            : 'a dump without its .json, which was not checked';
          say(`${file}: ${origin}.`);
          say(`It would replace all of ${target}: what was written since is lost.`);
          say('Rights inside it would be those of the dump: those granted since are to be granted again.');
          const wanted = options['yes'] === true || (await confirm('Go back to it?', signal));
          if (wanted) progress('Restoring into a new database');
          return wanted;
        },
      });
      if (!done) {
        say('Nothing was changed.');
        return EXIT.failed;
      }
      for (const line of describe(done)) say(line);
      result(done);
      return Object.values(done.rows).includes(null) ? EXIT.failed : EXIT.done;
    });
  },
};

function* describe({ database, former, rows, lost }: Rollback): Generator<string> {
  const counts = Object.entries(rows).map(([table, count]) => `"${table}" ${count ?? 'cannot be read'}`);
  yield `Done. Rows restored: ${counts.join(', ')}.`;
  if (lost.length > 0) {
    yield 'The former database had these rights and settings, which the restored one lacks. Run those that are still needed,';
    yield `connected to ${database}, as the owner of the objects or as a superuser:`;
    for (const statement of lost) yield `  ${statement}`;
  }
  yield `What ${database} was before is kept as the database ${former}.`;
  yield `When it is not needed any more: DROP DATABASE "${former}"`;
}
