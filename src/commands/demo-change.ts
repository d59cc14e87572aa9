import { makeDemoChange } from '../demo/change.ts';
import { NotTheDemoError } from '../errors.ts';
import { type Command, EXIT } from './command.ts';
import { requireMigrated, withDatabase } from './database.ts';

export const demoChangeCommand: Command = {
  name: 'demo-change',
  summary: 'Change one made-up project of the embedded demo, and say what changed',
  examples: { '': 'while `serve` runs, and look at the page' },
  run(context) {
    // The embedded database is the demo, and no other is, whatever it holds.
    if (context.config.DATABASE_URL) throw new NotTheDemoError('DATABASE_URL names a database of yours.');
    return withDatabase(context, async ({ config, sql, say, result }) => {
      await requireMigrated(sql);
      const change = await makeDemoChange(sql, { timeZone: config.STATS_TIME_ZONE });
      if (!change) throw new NotTheDemoError('The database holds no project that the demo has made.');
      say(`Changed ${change.projectName} (${change.projectId}): ${change.what}`);
      result({ change });
      return EXIT.done;
    });
  },
};
