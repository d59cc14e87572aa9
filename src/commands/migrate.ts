import { loadMigrations, type MigrateOptions, migrate } from '../migration/migrator.ts';
import { type Command, EXIT, UsageError } from './command.ts';
import { withDatabase } from './database.ts';

export const migrateCommand: Command = {
  name: 'migrate',
  usage: '[--to N] [--no-triggers]',
  summary: 'Bring the database to the schema of this version; safe to run again',
  options: { to: { type: 'string' }, 'no-triggers': { type: 'boolean' } },
  run({ config, log, say, result }, { options }) {
    const to = options['to'] === undefined ? undefined : Number(options['to']);
    if (to !== undefined && !Number.isInteger(to))
      throw new UsageError('--to takes the number of a migration.');
    return withDatabase(config, log, async ({ sql }) => {
      const steps: unknown[] = [];
      const migrateOptions: MigrateOptions = {
        triggers: !options['no-triggers'],
        onStep: (step) => {
          steps.push(step);
          say(
            `${step.outcome === 'skipped' ? 'skipped' : 'applied'}  ${step.name}  (${Math.round(step.durationMs)} ms)`,
          );
        },
        ...(to === undefined ? {} : { to }),
      };
      await migrate(sql, await loadMigrations(), migrateOptions);
      say(steps.length === 0 ? 'Nothing to do: the database is up to date.' : 'Done.');
      result({ steps });
      return EXIT.done;
    });
  },
};
