import { invalidate } from '../engine/invalidate.ts';
import { refreshContext } from '../service/contexts.ts';
import { invalidated } from '../trail/ends.ts';
import { type Command, EXIT, UsageError } from './command.ts';
import { requireMigrated, withDatabase } from './database.ts';
import { commandCaller, commandTrail, REASON, reasonOf } from './trail.ts';

export const invalidateCommand: Command = {
  name: 'invalidate',
  usage: 'KEY... | --all [--reason TEXT]',
  summary:
    'Let no node serve these documents (global, region:NAME, facility:NAME) before they are computed again',
  examples: {
    'global region:northern': 'these two',
    '--all --reason "prices were corrected"': 'every document',
  },
  positionals: true,
  options: { all: { type: 'boolean', help: 'every document' }, reason: REASON },
  run(context, input) {
    const { options, positionals } = input;
    const reason = reasonOf(input);
    if ((options['all'] === true) === positionals.length > 0) {
      throw new UsageError('Name the keys to invalidate, or say --all.');
    }
    return withDatabase(context, async (database) => {
      const { sql, config, say, result } = database;
      await requireMigrated(sql);
      const keys = options['all'] ? undefined : positionals;
      const target = keys ? { keys } : { all: true };
      const done = await commandTrail(database).record(
        { ...commandCaller(), action: 'invalidate', target, reason },
        () => invalidate(refreshContext(sql, config), keys),
        invalidated,
      );
      const documents = done.keys.length === 1 ? '1 document' : `${done.keys.length} documents`;
      say(`Invalidated ${documents} at revision ${done.revision}.`);
      result(done);
      return EXIT.done;
    });
  },
};
