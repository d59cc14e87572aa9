/**
 * G1, exact: whatever is done to the application's tables, by whom and when, wherever no mark waits every document is what
 * an independent, naive computation over the raw rows of the same snapshot gives. G2, ordered: a version moves exactly
 * when its document does. G8: an application without any right on our tables never meets an error that is ours.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { playHistory } from '../support/histories/history-run.ts';
import { type History, histories } from '../support/histories/steps.ts';
import { createDatabase } from '../support/servers/database.ts';

/** PROPERTY_RUNS lengthens it, with another seed each time; PROPERTY_SEED replays. */
const LONG = process.env['PROPERTY_RUNS'];
const RUNS = Number(LONG ?? 8);
const SEED = Number(process.env['PROPERTY_SEED'] ?? (LONG ? Date.now() % 2 ** 31 : 20_261_122));

test('every document is exact after every fold, whoever writes meanwhile', {
  timeout: 60_000 + RUNS * 10_000,
}, async () => {
  const totals: Record<string, number> = {};
  const replay = async (history: History) => {
    for (const [what, n] of Object.entries(await playHistory(history)))
      totals[what] = (totals[what] ?? 0) + n;
  };
  if (LONG) process.stdout.write(`${RUNS} histories, PROPERTY_SEED=${SEED}\n`);
  await fc.assert(fc.asyncProperty(histories(await knowsUnicode()), replay), {
    numRuns: RUNS,
    seed: SEED,
    endOnFailure: process.env['CI'] === 'true',
  });
  process.stdout.write(`${RUNS} histories, PROPERTY_SEED=${SEED}: ${JSON.stringify(totals)}\n`);
  // A history in which nothing happens proves nothing.
  for (const what of ['edits', 'commits', 'rollbacks', 'folds', 'rebuilds', 'compared'])
    expect(totals[what], what).toBeGreaterThan(RUNS / 4);
  expect(totals['zones'], 'zones').toBeGreaterThan(0);
  expect(totals['compared'], 'compared').toBeGreaterThan((totals['folds'] ?? 0) / 2);
});

async function knowsUnicode(): Promise<boolean> {
  const { sql, drop } = await createDatabase();
  const [{ knows }] = await sql<[{ knows: boolean }]>`SELECT lower('É') = 'é' AS knows`;
  await drop();
  return knows;
}
