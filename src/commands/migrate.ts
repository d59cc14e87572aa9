import { loadMigrations, type MigrateOptions, migrate } from '../migration/migrator.ts';
import { type MigrationPlan, planMigration } from '../migration/plan.ts';
import { type Command, EXIT, UsageError } from './command.ts';
import { withDatabase } from './database.ts';

export const migrateCommand: Command = {
  name: 'migrate',
  usage: '[--dry-run] [--to N] [--no-triggers]',
  summary: 'Bring the database to the schema of this version; safe to run again',
  options: {
    'dry-run': { type: 'boolean', help: 'print the SQL that would run, and change nothing' },
    to: { type: 'string', argument: 'N', help: 'stop after migration N; default: the last one' },
    'no-triggers': {
      type: 'boolean',
      help: "leave the application's tables without triggers: changes show late",
    },
  },
  async run({ config, log, say, result }, { options }) {
    const files = await loadMigrations();
    const to = options['to'] === undefined ? undefined : Number(options['to']);
    if (to !== undefined && !files.some((file) => file.number === to)) {
      throw new UsageError(`--to takes the number of a migration, 1 to ${files.at(-1)?.number}.`);
    }
    const triggers = !options['no-triggers'];
    return withDatabase(config, log, async ({ sql }) => {
      if (options['dry-run']) {
        const plan = await planMigration(sql, files, { to, triggers });
        say(describe(plan));
        result(plan);
        return plan.collisions.length === 0 ? EXIT.done : EXIT.failed;
      }
      const steps: unknown[] = [];
      const migrateOptions: MigrateOptions = {
        triggers,
        onStep: (step) => {
          steps.push(step);
          say(
            `${step.outcome === 'skipped' ? 'skipped' : 'applied'}  ${step.name}  (${Math.round(step.durationMs)} ms)`,
          );
        },
        ...(to === undefined ? {} : { to }),
      };
      await migrate(sql, files, migrateOptions);
      say(steps.length === 0 ? 'Nothing to do: the database is up to date.' : 'Done.');
      result({ steps });
      return EXIT.done;
    });
  },
};

function describe({ steps, collisions }: MigrationPlan): string {
  if (steps.length === 0) return 'Nothing to do: the database is up to date.';
  const sql = steps.map((step) => `-- ${step.name}: ${step.action}\n\n${step.sql}`).join('\n');
  const refusal = collisions.map((collision) => `-- In the way: ${collision}\n`).join('');
  return `${sql}\n${refusal}-- Nothing was changed. Each file above would be a transaction of its own.`;
}
