import { backup } from '../schema/backup.ts';
import { requireOwnSession } from '../schema/postgres-tools.ts';
import { type Command, EXIT } from './command.ts';
import { withDatabase } from './database.ts';

export const backupCommand: Command = {
  name: 'backup',
  summary: 'Dump the database to a file that `rollback --to FILE` goes back to',
  examples: {
    '': 'into this folder, under a name with the time',
    '--to /backups/before.dump': 'into that file',
    '--bin /usr/lib/postgresql/16/bin': 'with the pg_dump of that folder',
  },
  options: {
    to: {
      type: 'string',
      argument: 'FILE',
      help: 'where the dump goes; default: a name with the time, here',
    },
    bin: { type: 'string', argument: 'DIR', help: 'the folder of pg_dump; default: looked for' },
  },
  run(context, { options }) {
    const { to: file, bin: binDir } = options as Record<string, string | undefined>;
    return withDatabase(
      context,
      async ({ sql, address, config, stop: signal, say, progress, result, soFar }) => {
        soFar('no backup was made, and no file is left');
        await requireOwnSession(address);
        const began = performance.now();
        progress('Dumping');
        const onRows = (done: number, total: number) => progress('rows', done, total);
        const made = await backup(sql, { file, binDir, path: config.PATH, now: new Date(), signal, onRows });
        const kilobytes = Math.ceil(made.sizeBytes / 1e3).toLocaleString('en');
        const seconds = ((performance.now() - began) / 1000).toFixed(1);
        say(
          `${made.file}: ${kilobytes} kB of the database ${made.database} (PostgreSQL ${made.serverVersion}) in ${seconds} s. ` +
            `Its checksum is in ${made.file}.json: keep both.`,
        );
        result(made);
        return EXIT.done;
      },
    );
  },
};
