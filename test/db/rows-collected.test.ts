import { setImmediate as nextTurn } from 'node:timers/promises';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { inTransactions } from '../../src/db/transaction.ts';
import { allTestsGet } from '../support/servers/database.ts';

const { sql } = allTestsGet('empty');

setFlagsFromString('--expose-gc');
const collectYoung = runInNewContext(`() => gc({ type: 'minor' })`) as () => void;

const oldBytes = () =>
  getHeapSpaceStatistics().find((s) => s.space_name === 'old_space')?.space_used_size ?? 0;

test('rows that nobody holds are collected as the young objects that they are', async () => {
  const ROUNDS = 20;
  const ROW_BYTES = 10_000;
  const ROWS = 100;
  const read = () =>
    inTransactions(sql)`SELECT repeat('x', ${ROW_BYTES}) AS text FROM generate_series(1, ${ROWS}::int)`;
  let grown = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const before = oldBytes();
    await read();
    await nextTurn();
    // What outlives two of these is old.
    collectYoung();
    collectYoung();
    // Less than before: all were collected meanwhile.
    grown += Math.max(0, oldBytes() - before);
  }
  expect(grown / ROUNDS).toBeLessThan((ROWS * ROW_BYTES) / 2);
});
