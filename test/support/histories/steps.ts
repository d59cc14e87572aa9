/** Random histories: what several writers, two nodes, an auditor and the clock do, one step after another. */
import fc, { type Arbitrary } from 'fast-check';
import type { Isolation } from '../../../src/db/transaction.ts';
import { type Edit, edits } from './edits.ts';
import type { ValueOptions } from './odd-values.ts';

/** Each on a connection of its own. */
export const WRITERS = 3;

/** What the clock is put to, by its local date and time; it only ever goes forward. */
export const CLOCK = {
  minute: `local + INTERVAL '1 minute'`,
  hours: `local + INTERVAL '7 hours'`,
  lastMoment: `date_trunc('day', local) + INTERVAL '1 day - 1 millisecond'`,
  midnight: `date_trunc('day', local) + INTERVAL '1 day'`,
  days: `local + INTERVAL '7 days'`,
  lastOfMonth: `date_trunc('month', local) + INTERVAL '1 month - 1 millisecond'`,
  month: `date_trunc('month', local) + INTERVAL '1 month'`,
  lastOfYear: `date_trunc('year', local) + INTERVAL '1 year - 1 millisecond'`,
  year: `date_trunc('year', local) + INTERVAL '1 year'`,
} as const;

/** One of them has days of 23 and 25 hours. */
const ZONES = ['Asia/Bangkok', 'America/New_York'] as const;
export type Zone = (typeof ZONES)[number];

export type Step =
  /** In the writer's transaction, or by itself where none is open. */
  | { do: 'edit'; writer: number; edit: Edit }
  /** Each does nothing where it would be no valid statement. */
  | { do: 'begin'; writer: number; isolation: Isolation }
  | { do: 'savepoint' | 'rollbackTo' | 'commit' | 'rollback'; writer: number }
  | { do: 'clock'; to: keyof typeof CLOCK }
  /** Everything is recomputed in another time zone, on every node. */
  | { do: 'zone'; to: Zone }
  | { do: 'invalidate'; at: number }
  /** `full`: a scan that takes nothing kept for true; cells are built after it. */
  | { do: 'fold'; node: 0 | 1; full: boolean }
  /**
   * Both nodes at the same time, and either an auditor or writers, who edit and of whom one ends its transaction.
   * `busy`: a node leaves a refresh to the other one where that is at work.
   */
  | { do: 'together'; full: boolean; busy: boolean; beside?: Beside }
  | { do: 'audit' };

export interface Beside {
  /** Each writer's edits, one after another, the first after a while. */
  edits: { afterMs: number; edits: Edit[] }[];
  ends: number;
  /** Cells are built meanwhile, where there are none. */
  build: boolean;
}

export interface History {
  /** Of this database: the type of Status, and how wide its columns are. */
  statusType: 'integer' | 'text';
  wide: boolean;
  /** What ENGINE says on the two nodes. */
  engines: readonly ['incremental' | 'scan', 'incremental' | 'scan'];
  /** The clock at the start. */
  start: string;
  /** At the start. */
  timeZone: Zone;
  /** Of the projects that there are at the start. */
  seed: number;
  steps: Step[];
}

/**
 * In the future of whoever runs this, as the clock only goes forward: ends of days, months and years, a leap day, and New York's
 * days of 23 and 25 hours.
 */
const STARTS = [
  '2051-06-15T05:00:00.000Z',
  '2051-12-31T16:59:59.999Z',
  '2052-02-28T16:59:00.000Z',
  '2052-03-30T17:00:00.000Z',
  '2053-12-30T17:00:00.001Z',
  '2051-03-12T04:59:00.000Z',
  '2051-11-05T03:59:00.000Z',
];

/** @param unicodeCase see ValueOptions */
export function histories(unicodeCase: boolean): Arbitrary<History> {
  const shape = fc.record({
    statusType: fc.constantFrom<History['statusType']>('integer', 'text'),
    wide: fc.boolean(),
    engines: fc.constantFrom<History['engines']>(
      ['incremental', 'incremental'],
      ['incremental', 'incremental'],
      ['incremental', 'incremental'],
      ['incremental', 'scan'],
      ['scan', 'scan'],
    ),
    start: fc.constantFrom(...STARTS),
    timeZone: fc.constantFrom(...ZONES),
    seed: fc.nat(1_000),
  });
  return shape.chain((shaped) =>
    fc
      .array(step({ ...shaped, now: new Date(shaped.start), unicodeCase }), {
        minLength: 20,
        maxLength: 70,
        size: 'max',
      })
      .map((list) => ({ ...shaped, steps: list })),
  );
}

function step(options: ValueOptions): Arbitrary<Step> {
  const edit = edits(options);
  const writer = fc.nat(WRITERS - 1);
  const rarely = fc.integer({ min: 0, max: 9 }).map((n) => n === 0);
  const named = <const T extends string>(name: T) => fc.constant(name);
  const ending = <const T extends string>(name: T) => fc.record({ do: named(name), writer });
  return fc.oneof(
    { weight: 60, arbitrary: fc.record({ do: named('edit'), writer, edit }) },
    {
      weight: 10,
      arbitrary: fc.record({
        do: named('begin'),
        writer,
        isolation: fc.constantFrom<Isolation>('read committed', 'repeatable read'),
      }),
    },
    { weight: 4, arbitrary: ending('savepoint') },
    { weight: 2, arbitrary: ending('rollbackTo') },
    { weight: 7, arbitrary: ending('commit') },
    { weight: 3, arbitrary: ending('rollback') },
    { weight: 3, arbitrary: fc.record({ do: named('clock'), to: fc.constantFrom(...keys(CLOCK)) }) },
    { weight: 2, arbitrary: fc.record({ do: named('zone'), to: fc.constantFrom(...ZONES) }) },
    { weight: 1, arbitrary: fc.record({ do: named('invalidate'), at: fc.nat(100) }) },
    {
      weight: 8,
      arbitrary: fc.record({ do: named('fold'), node: fc.constantFrom<0 | 1>(0, 1), full: rarely }),
    },
    {
      weight: 4,
      arbitrary: fc.record(
        {
          do: named('together'),
          full: rarely,
          busy: fc.boolean(),
          beside: fc.record({
            edits: fc.array(
              fc.record({
                afterMs: fc.nat(40),
                edits: fc.array(edit, { minLength: 1, maxLength: 8, size: 'max' }),
              }),
              { minLength: 1, maxLength: WRITERS },
            ),
            ends: writer,
            build: fc.boolean(),
          }),
        },
        { requiredKeys: ['do', 'full', 'busy'] },
      ),
    },
    { weight: 2, arbitrary: fc.record({ do: named('audit') }) },
  );
}

const keys = <T extends object>(object: T) => Object.keys(object) as (keyof T)[];
