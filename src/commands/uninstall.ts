import {
  findInstallation,
  type Installation,
  requireStopped,
  uninstall,
  whatStays,
} from '../schema/uninstall.ts';
import { type Command, EXIT } from './command.ts';
import { confirm, requireYesWithJson } from './confirm.ts';
import { withDatabase } from './database.ts';

export const uninstallCommand: Command = {
  name: 'uninstall',
  summary:
    'Remove the triggers and the schema of dashboard-stats; prints first what goes and what stays, and asks',
  examples: { '': 'says what goes and what stays, and asks', '--yes': 'in a script' },
  options: {
    force: { type: 'boolean', help: 'also while nodes of dashboard-stats are connected' },
    yes: { type: 'boolean', help: 'do not ask' },
  },
  run(context, { options }) {
    requireYesWithJson(options);
    return withDatabase(context, async ({ sql, stop, say, result, soFar }) => {
      soFar('nothing was removed');
      if (!options['force']) await requireStopped(sql);
      const found = await findInstallation(sql);
      if (found) {
        for (const line of describe(found, await whatStays(sql))) say(line);
        if (!options['yes'] && !(await confirm('Remove it?', stop))) {
          say('Nothing was changed.');
          return EXIT.failed;
        }
        if (!options['force']) await requireStopped(sql);
      }
      const removed = await uninstall(sql);
      if (removed) {
        const { documents, notifications } = removed;
        say(`Rows removed: "DashboardStatsCache" ${documents}, "RealTimeNotifications" ${notifications}.`);
      }
      say(removed ? 'Done.' : 'Nothing to do: dashboard-stats is not installed in this database.');
      result({ removed: removed ?? null, stays: await whatStays(sql) });
      return EXIT.done;
    });
  },
};

function* describe(
  { triggersOn, indexes, tables }: Installation,
  stays: Awaited<ReturnType<typeof whatStays>>,
): Generator<string> {
  yield 'To be removed:';
  yield `  the schema dashboard_stats with its ${tables.length} tables`;
  if (triggersOn.length > 0) yield `  its triggers on ${triggersOn.join(', ')}`;
  if (indexes.length > 0) yield `  the indexes ${indexes.join(', ')}`;
  yield '  its rows of "DashboardStatsCache" and "RealTimeNotifications"';
  yield 'What stays, with its rows, because it is schema 2.1 and the application may use it:';
  yield `  the columns of "Projects": ${stays.columnsOfProjects.join(', ')}`;
  yield `  the tables ${stays.tables.join(', ')}`;
}
