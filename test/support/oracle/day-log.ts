/** The history watched from outside: what each document said last on each local day. */
import { expect } from 'vitest';
import type { Sql } from '../../../src/db/connection.ts';
import type { Kept } from './version-log.ts';

export class DayLog {
  /** By local day and key. */
  readonly #last = new Map<string, Kept>();

  /** What a snapshot shows; one of an earlier moment may come later. */
  see(day: string, documents: readonly Kept[]): void {
    for (const one of documents) {
      const at = `${day} ${one.key}`;
      if (one.version >= (this.#last.get(at)?.version ?? 0)) this.#last.set(at, one);
    }
  }

  /** Of every day but `today` the history has each document that was seen, with the figures that it had last. */
  async expectKept(sql: Sql, today: string): Promise<void> {
    const rows = await sql<{ at: string; paths: string[]; figures: (number | null)[] }[]>`
      SELECT day || ' ' || cache_key AS at, paths, to_jsonb(figures) AS figures
      FROM dashboard_stats.history JOIN dashboard_stats.history_paths USING (paths_id) WHERE NOT estimated`;
    const kept = new Map(
      rows.map(({ at, paths, figures }) => [at, Object.fromEntries(paths.map((p, i) => [p, figures[i]]))]),
    );
    for (const [at, { statistics }] of this.#last) {
      if (at.startsWith(today)) continue;
      const figures = kept.get(at);
      expect(figures, `the history has ${at}`).toBeDefined();
      const said = JSON.parse(statistics);
      const expected = Object.keys(figures ?? {}).map((path) => {
        const figure = path.split('.').reduce((member, name) => member?.[name], said);
        return [path, figure === undefined ? 0 : figure];
      });
      expect({ at, ...figures }).toEqual({ at, ...Object.fromEntries(expected) });
    }
  }
}
