import { invalidate } from '../engine/invalidate.ts';
import { refreshContext } from '../service/contexts.ts';
import { type Command, EXIT, UsageError } from './command.ts';
import { requireMigrated, withDatabase } from './database.ts';

export const invalidateCommand: Command = {
  name: 'invalidate',
  usage: 'KEY... | --all',
  summary:
    'Let no node serve these documents (global, region:NAME, facility:NAME) before they are computed again',
  positionals: true,
  options: { all: { type: 'boolean', help: 'every document' } },
  run(context, { options, positionals }) {
    if ((options['all'] === true) === positionals.length > 0) {
      throw new UsageError('Name the keys to invalidate, or say --all.');
    }
    return withDatabase(context, async ({ sql, config, say, result }) => {
      await requireMigrated(sql);
      const done = await invalidate(refreshContext(sql, config), options['all'] ? undefined : positionals);
      const documents = done.keys.length === 1 ? '1 document' : `${done.keys.length} documents`;
      say(`Invalidated ${documents} at revision ${done.revision}.`);
      result(done);
      return EXIT.done;
    });
  },
};
