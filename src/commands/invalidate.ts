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
  run({ config, log, stop, say, result }, { options, positionals }) {
    if ((options['all'] === true) === positionals.length > 0) {
      throw new UsageError('Name the keys to invalidate, or say --all.');
    }
    return withDatabase({ config, log, stop }, async ({ sql }) => {
      await requireMigrated(sql);
      const context = refreshContext(sql, config);
      const keys = options['all'] ? undefined : positionals;
      const done = await invalidate(context, keys);
      const documents = done.keys.length === 1 ? '1 document' : `${done.keys.length} documents`;
      say(`Invalidated ${documents} at revision ${done.revision}.`);
      result(done);
      return EXIT.done;
    });
  },
};
