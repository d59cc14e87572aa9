import { buildCells } from '../engine/build.ts';
import { refresh } from '../engine/refresh.ts';
import { refreshContext } from '../service/contexts.ts';
import { recomputed } from '../trail/ends.ts';
import { type Command, EXIT } from './command.ts';
import { requireMigrated, withDatabase } from './database.ts';
import { commandCaller, commandTrail, REASON, reasonOf } from './trail.ts';

export const recomputeCommand: Command = {
  name: 'recompute',
  summary: 'Compute all statistics now; --full also takes over another STATS_TIME_ZONE',
  examples: {
    '': 'compute all statistics once',
    '--full --reason "rows were imported"': 'rebuild from every row, for instance after triggers were off',
  },
  options: {
    full: { type: 'boolean', help: 'rebuild from every row, and take over STATS_TIME_ZONE' },
    reason: REASON,
  },
  run(context, input) {
    const reason = reasonOf(input);
    return withDatabase(context, async (database) => {
      const { sql, config, say, progress, result, soFar } = database;
      await requireMigrated(sql);
      const began = performance.now();
      const ctx = refreshContext(sql, config);
      const full = input.options['full'] === true;
      const { revision, items, scanned } = await commandTrail(database).record(
        { ...commandCaller(), action: 'recompute', target: full ? { full } : {}, reason },
        () => {
          progress('Computing all statistics');
          return refresh(ctx, { force: true, full });
        },
        recomputed,
      );
      const durationMs = Math.round(performance.now() - began);
      soFar('the statistics are computed, and what changes are folded into is built after the next one');
      const changed = items.filter((item) => item.changed).length;
      say(`Documents that changed: ${changed} of ${items.length}; revision ${revision}; ${durationMs} ms.`);
      if (scanned) await buildCells(ctx, (stage) => progress(`Preparing for changes: ${stage}`));
      result({ revision, durationMs, items });
      return EXIT.done;
    });
  },
};
