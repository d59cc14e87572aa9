/** What a refresh does, as a truth table. */
import { expect, test } from 'vitest';
import { type Plan, type PlanOptions, plan } from '../../src/engine/plan.ts';
import type { Marks } from '../../src/engine/sql/drain-marks.ts';
import type { DueWork } from '../../src/engine/sql/due-work.ts';
import type { State } from '../../src/engine/sql/lock-state.ts';

const NONE: Marks = { count: 0, everything: false, scopes: false, projectIds: [] };
const ONE: Marks = { ...NONE, count: 1, projectIds: ['00000000-0000-4000-8000-000000000001'] };
const ALL: Marks = { ...NONE, count: 1, everything: true };
const SCOPES: Marks = { ...NONE, count: 1, scopes: true };

/** As after `migrate --no-triggers`. */
const UNMARKED = { wantsTriggers: false, triggersAreThere: false };

const cases: [what: string, Partial<State & DueWork & PlanOptions>, Plan][] = [
  ['nothing asks for anything', {}, 'idle'],
  ['nothing asks for anything, and no cells are in use', { generation: 0 }, 'idle'],
  ['nothing asks for anything, with ENGINE=scan', { engine: 'scan' }, 'idle'],
  ['a project is marked', { marks: ONE }, 'fold'],
  ['a document needs renewal', { keysToRenew: ['global'] }, 'fold'],
  ['a region or facility type changed', { marks: SCOPES }, 'fold, evaluate all'],
  ['a new day has begun', { newDay: true }, 'fold, evaluate all'],
  ['there is no document', { empty: true }, 'fold, evaluate all'],
  ['somebody asks for every document', { force: true }, 'fold, evaluate all'],
  ['everything is marked', { marks: ALL }, 'scan'],
  ['a project is marked, and no cells are in use', { marks: ONE, generation: 0 }, 'scan'],
  ['a project is marked, and the cells cannot be used', { marks: ONE, cellsUnusable: true }, 'scan'],
  ['a new day has begun, and no cells are in use', { newDay: true, generation: 0 }, 'scan'],
  ['a project is marked, with ENGINE=scan', { marks: ONE, engine: 'scan' }, 'recompute'],
  ['everything is to be recomputed', { full: true }, 'recompute'],
  ['a table was rewritten, or a partition is gone', { rewritten: true }, 'recompute'],
  ['changes leave no marks, and nobody asks', UNMARKED, 'idle'],
  [
    'changes leave no marks, and a document needs renewal',
    { ...UNMARKED, keysToRenew: ['global'] },
    'recompute',
  ],
  ['changes leave no marks, and somebody asks for the present', { ...UNMARKED, current: true }, 'recompute'],
  ['triggers were disabled', { triggersAreThere: false }, 'fold'],
  ['triggers are disabled, and the state says so', { triggersAreThere: false, marksLost: true }, 'idle'],
  ['triggers are back', { marksLost: true }, 'recompute'],
  ['triggers are left out since somebody disabled them', { ...UNMARKED, marksLost: true }, 'recompute'],
  ['the documents are of an older schema', { schemaVersion: 2 }, 'recompute'],
  [
    'the documents are of an older schema, and a project is marked',
    { schemaVersion: 2, marks: ONE },
    'recompute',
  ],
];
test.each(cases)('where %s, the plan is as it should be', (_, differs, expected) => {
  const state = { generation: 7, wantsTriggers: true, marksLost: false, ...differs, schemaVersion: 1 };
  const due = { asOf: new Date(0), today: '1970-01-01', marks: NONE, keysToRenew: [] };
  const nothing = {
    newDay: false,
    empty: false,
    triggersAreThere: true,
    rewritten: false,
    files: '',
    cellsUnusable: false,
  };
  const options = { engine: 'incremental', force: false, full: false, schemaVersion: 1 } as const;
  const given = { ...due, ...nothing, ...options, ...differs };
  expect(plan(state, given, given)).toBe(expected);
});
