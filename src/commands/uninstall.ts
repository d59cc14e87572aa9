import {
  findInstallation,
  type Installation,
  requireStopped,
  STAYS,
  uninstall,
} from '../schema/uninstall.ts';
import { type Command, EXIT } from './command.ts';
import { confirm, requireYesWithJson } from './confirm.ts';
import { naming, withDatabase } from './database.ts';

export const uninstallCommand: Command = {
  name: 'uninstall',
  usage: '[--force] [--yes]',
  summary:
    'Remove the triggers and the schema of dashboard-stats; prints first what goes and what stays, and asks',
  options: {
    force: { type: 'boolean', help: 'also while nodes of dashboard-stats are connected' },
    yes: { type: 'boolean', help: 'do not ask' },
  },
  run(context, { options }) {
    requireYesWithJson(options);
    return withDatabase(
      context,
      async (db, signal) => {
        const { sql } = db;
        const { say, result } = naming(context, db);
        if (!options['force']) await requireStopped(sql);
        const found = await findInstallation(sql);
        if (found) {
          for (const line of describe(found)) say(line);
          if (!options['yes'] && !(await confirm('Remove it?', signal))) {
            say('Nothing was changed.');
            return EXIT.failed;
          }
          if (!options['force']) await requireStopped(sql);
        }
        const removed = await uninstall(sql);
        say(removed ? 'Done.' : 'Nothing to do: dashboard-stats is not installed in this database.');
        result({ removed: removed ?? null, stays: STAYS });
        return EXIT.done;
      },
      () => 'nothing was removed',
    );
  },
};

function* describe({ triggersOn, indexes, tables, ...rows }: Installation): Generator<string> {
  yield 'To be removed:';
  yield `  the schema dashboard_stats with its ${tables} tables`;
  if (triggersOn.length > 0) yield `  its triggers on ${triggersOn.join(', ')}`;
  if (indexes.length > 0) yield `  the indexes ${indexes.join(', ')}`;
  yield `  rows of "DashboardStatsCache": ${rows.documents}, of "RealTimeNotifications": ${rows.notifications}`;
  yield 'What stays, with its rows, because it is schema 2.1 and the application may use it:';
  yield `  the columns of "Projects": ${STAYS.columnsOfProjects.join(', ')}`;
  yield `  the tables ${STAYS.tables.join(', ')}`;
}
