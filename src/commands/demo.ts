import { DEMO_DAYS, insertDemoHistory } from '../demo/history.ts';
import { seedDemo } from '../demo/seed.ts';
import { type Command, EXIT, UsageError } from './command.ts';
import { requireMigrated, withDatabase } from './database.ts';

/** What the embedded database is filled with. */
export const DEMO = { projects: 1_000, seed: 1 } as const;

export const demoCommand: Command = {
  name: 'demo',
  summary: 'Fill a migrated database that has no projects with made-up Thai ones',
  examples: { '': '1,000 projects', '--projects 100000 --seed 7': 'many, and others than those of seed 1' },
  options: {
    projects: { type: 'string', argument: 'N', help: `how many projects; default ${DEMO.projects}` },
    seed: {
      type: 'string',
      argument: 'S',
      help: `the same seed makes the same projects; default ${DEMO.seed}`,
    },
  },
  run(context, { options }) {
    const projects = wholeNumber('projects', options['projects'], DEMO.projects);
    const seed = wholeNumber('seed', options['seed'], DEMO.seed);
    return withDatabase(context, async ({ config, sql, say, progress, result, soFar }) => {
      await requireMigrated(sql);
      progress('projects', 0, projects);
      const made = await seedDemo(sql, {
        projects,
        seed,
        onProgress: (done, total) => progress('projects', done, total),
      });
      say(
        `Made ${made.projects} projects, ${made.activities} activities and ${made.statusChanges} status changes.`,
      );
      soFar('the projects are there, without figures of past days');
      const historyDays = (await insertDemoHistory(sql, config.STATS_TIME_ZONE, (done) =>
        progress('days of figures', done, DEMO_DAYS),
      ))
        ? DEMO_DAYS
        : 0;
      if (historyDays > 0) say(`Kept figures of the last ${historyDays} days.`);
      result({ ...made, historyDays });
      return EXIT.done;
    });
  },
};

function wholeNumber(name: string, value: unknown, fallback: number): number {
  if (value === undefined) return fallback;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0) throw new UsageError(`--${name} takes a whole number.`);
  return number;
}
