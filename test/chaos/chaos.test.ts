/** G1 to G10 under faults: three nodes on one PostgreSQL, with writers, readers and orders, and everything that goes wrong. */
import { expect, test } from 'vitest';
import { FAULTS } from './plan.ts';
import { runChaos } from './run.ts';

/** Both set by `npm run test:chaos`. Each round has its own database and the next seed. */
const SEED = Number(process.env['CHAOS_SEED'] ?? 1);
const ROUNDS = Number(process.env['CHAOS_MINUTES'] ?? 1);
const FAULTS_MS = 38_000;

test.each(Array.from({ length: ROUNDS }, (_, n) => SEED + n))(
  'seed %i: no promise is broken',
  {
    timeout: 240_000,
  },
  async (seed) => {
    const report = await runChaos({ seed, faultsMs: FAULTS_MS });
    process.stdout.write(
      `CHAOS_SEED=${seed}: ${JSON.stringify({ ...report, violations: report.violations.length })}\n`,
    );
    expect(report.violations.slice(0, 20)).toEqual([]);
    expect(report.faults.slice(0, 20)).toEqual([]);
    // A run in which nothing happens proves nothing.
    expect(Object.keys(report.injected).sort()).toEqual(Object.keys(FAULTS).sort());
    expect(report.compared).toBeGreaterThan(0);
    expect(report.answers).toBeGreaterThan(200);
  },
);
