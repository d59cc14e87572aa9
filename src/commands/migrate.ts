import type { Sql } from '../db/connection.ts';
import type { Check } from '../schema/check.ts';
import {
  loadMigrations,
  type MigrationFile,
  type MigrationStep,
  migrate,
  status,
} from '../schema/migrator.ts';
import { type MigrationPlan, type MigrationTarget, planMigration } from '../schema/plan.ts';
import { verify } from '../schema/verify.ts';
import { type Command, EXIT, UsageError } from './command.ts';
import { type DatabaseContext, withDatabase } from './database.ts';
import { printChecks } from './report-checks.ts';

export const migrateCommand: Command = {
  name: 'migrate',
  summary: 'Bring the database to the schema of this version; safe to run again',
  examples: {
    '--dry-run | less': 'read first what would run',
    '': 'migrate; harmless where nothing is pending',
    '--no-triggers': "where nothing may be installed on the application's tables",
  },
  options: {
    'dry-run': { type: 'boolean', help: 'print the SQL that would run, and change nothing' },
    to: { type: 'string', argument: 'N', help: 'stop after migration N; default: the last one' },
    'no-triggers': {
      type: 'boolean',
      help: "leave the application's tables without triggers: changes show late",
    },
  },
  async run(context, { options }) {
    const files = await loadMigrations();
    const to = options['to'] === undefined ? undefined : Number(options['to']);
    if (to !== undefined && !files.some((file) => file.number === to)) {
      throw new UsageError(`--to takes the number of a migration, 1 to ${files.at(-1)?.number}.`);
    }
    const target = { to, triggers: !options['no-triggers'] };
    if (options['dry-run']) return withDatabase(context, (db) => dryRun(db, files, target), '-- ');
    return withDatabase(context, (db) => migrateNow(db, files, target));
  },
};

async function dryRun(
  { sql, say, result }: DatabaseContext,
  files: readonly MigrationFile[],
  target: MigrationTarget,
): Promise<number> {
  const plan = await planMigration(sql, files, target);
  const faults = plan.steps.length + plan.stillPending > 0 ? [] : await findFaults(sql, files);
  if (plan.steps.length > 0) say([...describe(plan, files)].join('\n'));
  else conclude(say, 0, plan.stillPending, faults, await appliedBeyond(sql, files, target));
  result({ ...plan, faults });
  return plan.collisions.length + faults.length === 0 ? EXIT.done : EXIT.failed;
}

async function migrateNow(
  { sql, say, progress, result, soFar }: DatabaseContext,
  files: readonly MigrationFile[],
  target: MigrationTarget,
): Promise<number> {
  const steps: MigrationStep[] = [];
  soFar('no migration was applied');
  const states = await migrate(sql, files, {
    ...target,
    onProgress: progress,
    onStep(step) {
      steps.push(step);
      say(`${step.outcome}  ${step.name}  (${step.durationMs} ms)`);
      soFar(`applied: ${steps.length}, up to ${step.name}; the next one was rolled back`);
    },
    onWait({ name }, holders) {
      const lines = [`waiting  ${name} needs a lock, and tries again; in the way are:`, ...holders];
      say(lines.join('\n         '));
    },
  });
  const pending = states.filter(({ state }) => state === 'pending').length;
  const faults = pending > 0 ? [] : await findFaults(sql, files);
  conclude(say, steps.length, pending, faults, await appliedBeyond(sql, files, target));
  result({ steps, faults });
  return faults.length > 0 ? EXIT.failed : EXIT.done;
}

function conclude(
  say: (line: string) => void,
  steps: number,
  pending: number,
  faults: readonly Check[],
  beyond: MigrationFile | undefined,
): void {
  const done = steps > 0 ? 'Done' : 'Nothing to do';
  if (beyond)
    say(
      `${done}: the database has ${beyond.name} already, and migrate does not go back.\n` +
        'To go back to a backup: dashboard-stats rollback --to FILE. To remove this service alone: dashboard-stats uninstall',
    );
  else if (pending > 0) say(`${done}. Still pending: ${pending}.`);
  else if (faults.length > 0)
    say(`${done}, but what was there before differs from what is needed. Run these statements, then verify:`);
  else say(steps > 0 ? 'Done.' : 'Nothing to do: the database is up to date.');
  printChecks(say, faults);
}

/** The newest migration that is applied, where it is one after `to`. */
async function appliedBeyond(
  sql: Sql,
  files: readonly MigrationFile[],
  { to = Infinity }: MigrationTarget,
): Promise<MigrationFile | undefined> {
  const applied = (await status(sql, files)).findLast(({ state }) => state === 'applied');
  return files.find(({ number }) => number === applied?.number && number > to);
}

/** Of a comment that a file begins with. */
const firstSentence = (sql: string) =>
  /^.*?\.(?=\s|$)/.exec(sql.slice(0, sql.search(/^(?!--)/m)).replace(/^-- ?|\n(-- ?)?/g, ' '))?.[0];

function* summarize(
  { steps, collisions, stillPending }: MigrationPlan,
  files: readonly MigrationFile[],
): Generator<string> {
  yield `Would run, in this order, each in a transaction of its own: ${steps.length} migrations.`;
  const about = new Map(files.map(({ name, sql }) => [name, firstSentence(sql)]));
  for (const { name, action } of steps)
    yield `  ${name.padEnd(26)}  ${action === 'run' ? about.get(name) : action}`;
  if (stillPending > 0) yield `Pending after them: ${stillPending}.`;
  yield 'The application works on meanwhile: no step waits for a lock for longer than 200 ms at a time.';
  yield collisions.length > 0
    ? `But migrate would refuse: ${collisions.length} in the way, named at the end.`
    : 'Nothing is in the way. Make a backup first: dashboard-stats backup';
  yield 'Nothing is changed now. The statements:';
}

function* describe(plan: MigrationPlan, files: readonly MigrationFile[]): Generator<string> {
  const { preamble, steps, collisions } = plan;
  for (const line of summarize(plan, files)) yield `-- ${line}`;
  yield '';
  if (preamble !== '') yield `${preamble}\n`;
  for (const { name, action, sql } of steps) yield `-- ${name}: ${action}\n\n${sql}`;
  for (const collision of collisions) yield `-- In the way: ${collision}`;
  yield '-- Nothing was changed. Each file above would be a transaction of its own, and be recorded in dashboard_stats.migrations.';
}

async function findFaults(sql: Sql, files: readonly MigrationFile[]): Promise<Check[]> {
  return (await verify(sql, files)).filter(({ status }) => status === 'failed');
}
