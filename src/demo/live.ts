import type { Sql } from '../db/connection.ts';
import { isOutage } from '../db/failures.ts';
import type { Log } from '../log.ts';
import { Loop } from '../timing/loop.ts';
import { makeDemoChange } from './change.ts';

/** From one change to the next, in ms. */
const REST = { least: 2_000, most: 6_000 };
const MAX_BACKOFF_MS = 30_000;

/**
 * A country at work: one small change every few seconds, so that figures live. Changes of status and new projects, a handful a
 * day, are logged as info, the others as debug.
 */
export function demoActivity(sql: Sql, log: Log, timeZone: string, rest = REST): Loop {
  return new Loop(
    async () => {
      const change = await makeDemoChange(sql, { timeZone, limited: true });
      if (change) {
        const level = change.kind === 'status' || change.kind === 'project' ? 'info' : 'debug';
        log[level]({ ...change }, 'Demo activity: a made-up project was changed.');
      }
      return { ms: rest.least + Math.random() * (rest.most - rest.least) };
    },
    (error, inARow) => {
      // A database that is away is reported by others.
      if (inARow === 1 && !isOutage(error))
        log.warn({ err: error }, 'Demo activity: a change failed; it is tried again.');
      return Math.min(MAX_BACKOFF_MS, rest.most * inARow);
    },
  );
}
