/** The checker finds faults: each of three deliberate bugs is put into the program, and is found. */
import { expect, test } from 'vitest';
import { type Patch, patchedProgram } from '../support/service/patched.ts';
import type { Violation } from './checker.ts';
import type { FaultKind } from './plan.ts';
import { FOLLOWING, runChaos } from './run.ts';

interface Bug {
  patches: Patch[];
  /** What brings it out. */
  kinds: FaultKind[];
  victims?: number[];
  quiet?: number;
  administrators?: number;
  /** Any of these. */
  rules: Violation['rule'][];
}

/** No bug: what a sync has read reaches memory late, so that an invalidation comes between. */
const SLOW_SYNC: Patch = {
  file: 'src/cache/follower.ts',
  take: 'const table = await readTable(sql, memory.snapshot?.position);',
  put: `const table = await readTable(sql, memory.snapshot?.position);
    await new Promise((done) => setTimeout(done, 200));`,
};

const BUGS: Record<string, Bug> = {
  'no floor: memory takes over what was read before an invalidation': {
    patches: [
      {
        file: 'src/cache/memory.ts',
        take: 'if (moves !== this.#moves && this.#isBehind(position)) return false;',
        put: '',
      },
      SLOW_SYNC,
    ],
    kinds: ['delay'],
    victims: [FOLLOWING],
    administrators: 8,
    rules: ['barrier'],
  },
  'no reconcile: without a notification nothing is taken to have changed': {
    patches: [
      {
        file: 'src/cache/follower.ts',
        take: 'await this.sync();',
        put: 'this.#state.syncedAt = this.#options.now();',
      },
    ],
    kinds: ['muteListening'],
    victims: [FOLLOWING],
    quiet: FOLLOWING,
    rules: ['barrier', 'calm'],
  },
  'store without a check of the version: no lock, and each statement sees another snapshot': {
    patches: [
      { file: 'src/engine/sql/lock-state.ts', take: 'FOR UPDATE', put: '' },
      { file: 'src/engine/sql/due-work.ts', take: `'SKIP LOCKED'`, put: `''` },
      {
        file: 'src/engine/refresh.ts',
        take: `isolation: 'repeatable read'`,
        put: `isolation: 'read committed'`,
      },
    ],
    kinds: ['terminate'],
    rules: ['oneBody', 'committed', 'monotone', 'fenced', 'current', 'barrier'],
  },
};

/** What comes up in a run is chance, and how busy the machine is: each bug shows in one of the first few. */
const SEEDS = Array.from({ length: 30 }, (_, i) => i + 1);

test.each(Object.entries(BUGS))('%s', { timeout: 1_200_000 }, async (_, { patches, rules, ...where }) => {
  const program = await patchedProgram(patches);
  const found = new Set<string>();
  for (const seed of SEEDS) {
    const run = { seed, faultsMs: 12_000, calmMs: 0, program, ...where, healMs: 100 };
    for (const { rule } of (await runChaos(run)).violations) found.add(rule);
    if (rules.some((rule) => found.has(rule))) break;
  }
  expect(rules.filter((rule) => found.has(rule))).not.toEqual([]);
});
