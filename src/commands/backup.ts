import { backup } from '../schema/backup.ts';
import { requireOwnSession } from '../schema/postgres-tools.ts';
import { type Command, EXIT } from './command.ts';
import { withDatabase } from './database.ts';

export const backupCommand: Command = {
  name: 'backup',
  usage: '[--to FILE] [--bin DIR]',
  summary:
    'Dump the database to a file that `rollback --to FILE` goes back to; --bin names the folder of pg_dump',
  options: {
    to: {
      type: 'string',
      argument: 'FILE',
      help: 'where the dump goes; default: a name with the time, here',
    },
    bin: { type: 'string', argument: 'DIR', help: 'the folder of pg_dump; default: looked for' },
  },
  run({ config, log, stop, say, result }, { options }) {
    const file = options['to'] as string | undefined;
    return withDatabase(
      { config, log, stop },
      async ({ sql, url }, signal) => {
        await requireOwnSession(url);
        const began = performance.now();
        const made = await backup(sql, {
          file,
          binDir: options['bin'] as string | undefined,
          path: config.PATH,
          now: new Date(),
          signal,
        });
        const seconds = ((performance.now() - began) / 1000).toFixed(1);
        say(
          `${made.file}: ${size(made.sizeBytes)} of the database ${made.database} (PostgreSQL ` +
            `${made.serverVersion}) in ${seconds} s. Its checksum is in ${made.file}.json: keep both.`,
        );
        result(made);
        return EXIT.done;
      },
      () => 'no backup was made, and no file is left',
    );
  },
};

/** `38 kB`, `2.9 MB` */
function size(bytes: number): string {
  const [unit, scaled] = bytes < 1e6 ? ['kilobyte', Math.ceil(bytes / 1e3)] : ['megabyte', bytes / 1e6];
  return new Intl.NumberFormat('en', { style: 'unit', unit, maximumFractionDigits: 1 }).format(scaled);
}
