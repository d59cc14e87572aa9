/** Where the time of a refresh goes, by its trips to the server. */
import { readTable } from '../../src/cache/read-table.ts';
import type { Sql } from '../../src/db/connection.ts';
import { refresh } from '../../src/engine/refresh.ts';
import { engineContext } from '../support/service/engine-context.ts';
import { median } from './http-load.ts';

/** Of a refresh that folds, with how many statements are sent together. */
const TRIPS: [what: string, statements: number][] = [
  ['BEGIN, lock, what is due, marks', 3],
  ['fold', 1],
  ['documents', 1],
  ['state, announcement, what the node serves', 3],
  ['COMMIT', 1],
];
const STATEMENTS = TRIPS.reduce((sum, [, statements]) => sum + statements, 0);
const ROUNDS = 100;

/** @returns of each trip the median in ms, after `changedProjects` changes at once */
export async function refreshSteps(sql: Sql, changedProjects: number): Promise<[what: string, ms: number][]> {
  const ids = (await sql<{ id: string }[]>`SELECT "ProjectId" AS id FROM "Projects" LIMIT 1000`).map(
    ({ id }) => id,
  );
  const rounds: number[][] = [];
  // The package calls it for each statement that it sends.
  const onSent = (sent: (() => void) | undefined) => Object.assign(sql.options, { debug: sent });
  for (let round = 0; round < ROUNDS; round++) {
    const some = Array.from({ length: changedProjects }, (_, i) => ids[(round + i * 7) % ids.length] ?? '');
    await sql`UPDATE "Projects" SET "FtsValue" = coalesce("FtsValue", 0) + 1 WHERE "ProjectId" = ANY(${some}::uuid[])`;
    const sent: number[] = [];
    onSent(() => sent.push(performance.now()));
    await refresh(engineContext(sql), { alsoRead: (tx) => readTable(tx, undefined) });
    onSent(undefined);
    if (sent.length !== STATEMENTS) throw new Error('A refresh makes other trips than those listed.');
    sent.push(performance.now());
    let next = 0;
    rounds.push(
      TRIPS.map(([, statements]) => {
        const began = sent[next] ?? Number.NaN;
        next += statements;
        return (sent[next] ?? Number.NaN) - began;
      }),
    );
  }
  return TRIPS.map(([what], i) => [what, median(rounds.map((all) => all[i] ?? Number.NaN))]);
}
