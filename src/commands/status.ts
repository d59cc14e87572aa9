import { loadMigrations, status } from '../schema/migrator.ts';
import { type Command, EXIT } from './command.ts';
import { needsMigration, withDatabase } from './database.ts';

export const statusCommand: Command = {
  name: 'status',
  summary:
    'List the migrations: applied, pending, skipped, edited or missing; exit code 1 unless all are applied',
  examples: { '': 'which migrations the database has', '--json': 'the same for a script' },
  run(context) {
    return withDatabase(context, async ({ sql, say, result }) => {
      const migrations = await status(sql, await loadMigrations());
      for (const { name, state, appliedAt } of migrations) {
        say(`${state.padEnd(8)}  ${name}${appliedAt ? `  ${appliedAt.toISOString()}` : ''}`);
      }
      result({ migrations });
      return migrations.some(needsMigration) ? EXIT.failed : EXIT.done;
    });
  },
};
