import type { Sql } from '../db/connection.ts';
import { askDatabase } from '../db/failures.ts';
import type { Log } from '../log.ts';
import {
  type ActionEnd,
  type AdminAction,
  type AskedAction,
  beginAction,
  endAction,
  readActions,
} from './admin-actions.ts';

interface TrailOptions {
  sql: Sql;
  log: Log;
  /** ms of a clock that never goes back. */
  now: () => number;
  /** false: of commands, which print what came of an action. */
  logsActions?: boolean;
}

/** Of a failure; messages of the database may hold whole statements. */
const MAX_DETAIL = 1_000;

/** Records what administrators do in a table, and logs it. */
export class Trail {
  readonly #o: TrailOptions;

  constructor(options: TrailOptions) {
    this.#o = options;
  }

  /**
   * Does what was asked for and records it. Nothing is done that cannot be recorded; where only the end cannot be, the
   * action stands as under way and the log has the rest.
   *
   * @param endOf what came of `work` that did not throw
   * @throws what `work` throws
   */
  async record<T>(asked: AskedAction, work: () => Promise<T>, endOf: (result: T) => ActionEnd): Promise<T> {
    const { sql, now } = this.#o;
    const id = await askDatabase(() => beginAction(sql, asked));
    const began = now();
    try {
      const result = await work();
      await this.#end(id, asked, endOf(result), began);
      return result;
    } catch (error) {
      const detail = (error instanceof Error ? error.message : String(error)).slice(0, MAX_DETAIL);
      await this.#end(id, asked, { outcome: 'failed', detail }, began);
      throw error;
    }
  }

  /** Newest first; `after`: only those older than the action of this id. */
  actions(query: { limit: number; after: number | undefined }): Promise<AdminAction[]> {
    return askDatabase(() => readActions(this.#o.sql, query));
  }

  async #end(id: number, asked: AskedAction, end: ActionEnd, began: number): Promise<void> {
    const { sql, log, now, logsActions = true } = this.#o;
    const durationMs = Math.round(now() - began);
    if (logsActions) log.info({ ...asked, ...end, durationMs }, 'An administrator has acted.');
    const note = () => endAction(sql, id, end, durationMs);
    // Once more, whatever failed: what the action met may have cost the connection.
    await note()
      .catch(note)
      .catch((error) => {
        log.warn({ err: error, id }, 'The end of an admin action could not be recorded.');
      });
  }
}
