/**
 * The checker of a history: pure, and knows nothing of how the service works, only what it promises (docs/guarantees.md).
 *
 * Two operations are in order only where one ended before the other began; of what overlaps nothing is asked.
 */
import type { History, Increment, Interval, Order, Read, Served, Share } from './history.ts';

export interface Violation {
  rule: keyof typeof RULES;
  detail: string;
}

/** G4: the others have so long after an invalidation that was acknowledged. */
const BARRIER_MS = 1_000;
/**
 * In calm times a change is served, and no label stays, after so long: far above the promise (G3), for a busy machine, on which a node
 * that could not look for a second must say so.
 */
const CALM_LAG_MS = 3_000;

const RULES = {
  monotone: 'G2: no node serves a version, or names a revision, below one it served before',
  oneBody: 'G2: one key and version is one body, on every node and in the table',
  committed: 'G1: what is served under a revision is what the table held at that revision',
  counted: 'G1: what is served holds no change that nobody made',
  barrier: 'G4: after an acknowledged invalidation nothing older is served; by others after 1 s, or labelled',
  fenced: 'G4: nothing computed before an invalidation is ever served under its revision',
  reached: 'G4: an answer to minRevision, and any answer of a node after its own recompute, is not older',
  current: 'G4: an answer to no-cache holds every commit before the request, and is not stale',
  bundle: 'one response shows one refresh: regions and facility types add up to global',
  answered:
    'G7: an answer is a 200, or a 404 of a scope that is gone, or a 503 with Retry-After; never a failure inside',
  calm: 'G3: while nothing is wrong every answer is fresh, and soon',
};

/** `at`: the operation that shows it, with the node where it has one. */
type Found = (rule: Violation['rule'], at: Interval & { node?: string }, detail: string) => void;

/** Everything in the history that breaks a promise; empty where none is broken. */
export function check(history: History): Violation[] {
  const violations: Violation[] = [];
  const found: Found = (rule, { start, end, node = 'table' }, detail) =>
    violations.push({
      rule,
      detail: `${RULES[rule]}. [${start.toFixed(0)}, ${end.toFixed(0)}] ${node}: ${detail}`,
    });
  const answers = history.reads.filter((read) => read.status === 200);
  const orders = history.orders.filter((order) => order.status === 200);
  const invalidations = orders.filter((order) => order.do === 'invalidate');
  monotone(answers, found);
  oneBody(history, answers, found);
  committed(history, answers, found);
  counted(history, answers, found);
  barrier(history, answers, invalidations, found);
  fenced(history, answers, invalidations, found);
  reached(answers, orders, found);
  current(history, answers, found);
  for (const read of answers) if (read.bundle) bundle(read, found);
  answered(history, found);
  calm(history, found);
  return violations;
}

/** Walks in the order of time: each effect is examined after all causes were taken that had ended `afterMs` before it began. */
function inOrder<C extends Interval, E extends Interval>(
  causes: readonly C[],
  take: (cause: C) => void,
  effects: readonly E[],
  examine: (effect: E) => void,
  afterMs = 0,
): void {
  const ended = [...causes].sort((a, b) => a.end - b.end);
  let next = 0;
  for (const effect of [...effects].sort((a, b) => a.start - b.start)) {
    for (; next < ended.length && (ended[next] as C).end + afterMs < effect.start; next++)
      take(ended[next] as C);
    examine(effect);
  }
}

/** Calls `examine` with how many increments had been acknowledged `afterMs` before each effect began. */
function withAcknowledged<E extends Interval>(
  increments: readonly Increment[],
  effects: readonly E[],
  examine: (effect: E, acknowledged: number) => void,
  afterMs = 0,
): void {
  const acknowledged = increments.filter(({ outcome }) => outcome === 'acknowledged');
  let count = 0;
  inOrder(
    acknowledged,
    () => count++,
    effects,
    (effect) => examine(effect, count),
    afterMs,
  );
}

/** The highest number seen under each name. */
class Floor {
  readonly #highest = new Map<string, number>();
  raise(name: string, to: number): void {
    this.#highest.set(name, Math.max(to, this.of(name)));
  }
  of(name: string): number {
    return this.#highest.get(name) ?? 0;
  }
}

const show = ({ key, version }: Served) => `${key} at version ${version}`;
const globalOf = (read: Read) => read.documents.find((served) => served.key === 'global');

function monotone(answers: readonly Read[], found: Found): void {
  const floor = new Floor();
  inOrder(
    answers,
    (read) => {
      floor.raise(read.node, read.revision);
      for (const { key, version } of read.documents) floor.raise(`${read.node} ${key}`, version);
    },
    answers,
    (read) => {
      if (read.revision < floor.of(read.node))
        found('monotone', read, `revision ${read.revision} after ${floor.of(read.node)}`);
      for (const served of read.documents) {
        const before = floor.of(`${read.node} ${served.key}`);
        if (served.version < before) found('monotone', read, `${show(served)} after ${before}`);
      }
    },
  );
}

function oneBody({ stored }: History, answers: readonly Read[], found: Found): void {
  const bodies = new Map<string, string>();
  const statistics = new Map<string, string>();
  const same = (seen: Map<string, string>, name: string, what: string) =>
    seen.has(name) ? seen.get(name) === what : !!seen.set(name, what);
  for (const row of stored) {
    const name = `${row.key} at version ${row.version}`;
    if (!same(statistics, name, row.statistics)) found('oneBody', { start: 0, end: 0 }, name);
  }
  for (const read of answers)
    for (const served of read.documents)
      if (!same(bodies, show(served), served.body) || !same(statistics, show(served), served.statistics))
        found('oneBody', read, show(served));
}

function committed({ stored }: History, answers: readonly Read[], found: Found): void {
  const versions = new Map<string, number[]>();
  for (const { key, version } of stored) {
    const list = versions.get(key);
    if (list) list.push(version);
    else versions.set(key, [version]);
  }
  for (const list of versions.values()) list.sort((a, b) => a - b);
  for (const read of answers)
    for (const served of read.documents) {
      const newest = newestUpTo(versions.get(served.key) ?? [], read.revision);
      if (newest !== served.version)
        found('committed', read, `${show(served)}, of revision ${read.revision} it is ${newest}`);
    }
}

/** Of ascending numbers. */
function newestUpTo(versions: readonly number[], revision: number): number | undefined {
  let [low, high] = [0, versions.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((versions[middle] as number) <= revision) low = middle + 1;
    else high = middle;
  }
  return versions[low - 1];
}

function counted({ increments }: History, answers: readonly Read[], found: Found): void {
  const began = increments.map(({ start }) => ({ start, end: start }));
  let most = 0;
  inOrder(
    began,
    () => most++,
    answers.map((read) => ({ read, start: read.end, end: read.end })),
    ({ read }) => {
      const { counter } = globalOf(read) ?? {};
      if (counter !== undefined && counter > most)
        found('counted', read, `${counter} where ${most} is the most`);
    },
  );
}

function barrier(
  { starts }: History,
  answers: readonly Read[],
  invalidations: readonly Order[],
  found: Found,
): void {
  const own = new Floor();
  const everybodys = new Floor();
  const raiseAll = (floor: Floor) => (order: Order) => {
    for (const key of order.keys) floor.raise(key, order.revision);
  };
  // A process that started later has never seen anything older.
  const keys = new Set(invalidations.flatMap((order) => order.keys));
  inOrder(
    invalidations,
    raiseAll(everybodys),
    [...starts].map(([node, start]) => ({ node, start, end: start })),
    ({ node }) => {
      for (const key of keys) own.raise(`${node} ${key}`, everybodys.of(key));
    },
  );
  inOrder(
    invalidations,
    (order) => {
      for (const key of order.keys) own.raise(`${order.node} ${key}`, order.revision);
    },
    answers,
    (read) => {
      for (const served of read.documents) {
        const floor = own.of(`${read.node} ${served.key}`);
        if (served.version < floor)
          found('barrier', read, `${show(served)}, and it knew of revision ${floor}`);
      }
    },
  );

  const late = new Floor();
  inOrder(
    invalidations,
    raiseAll(late),
    answers.filter((read) => !read.stale),
    (read) => {
      for (const served of read.documents) {
        const floor = late.of(served.key);
        if (served.version < floor)
          found('barrier', read, `${show(served)}, invalidated at ${floor} elsewhere`);
      }
    },
    BARRIER_MS,
  );
}

/** Whatever is served of global from an invalidation's revision on was computed after it, with every commit before it. */
function fenced(
  { increments }: History,
  answers: readonly Read[],
  invalidations: readonly Order[],
  found: Found,
): void {
  const floors: { revision: number; counter: number }[] = [];
  const ofGlobal = invalidations.filter((order) => order.keys.includes('global'));
  withAcknowledged(increments, ofGlobal, ({ revision }, counter) => floors.push({ revision, counter }));
  floors.sort((a, b) => a.revision - b.revision);
  let highest = 0;
  const counters = new Map<number, number>();
  for (const { revision, counter } of floors) {
    highest = Math.max(highest, counter);
    counters.set(revision, highest);
  }
  const revisions = [...counters.keys()];
  for (const read of answers) {
    const served = globalOf(read);
    const revision = newestUpTo(revisions, served?.version ?? 0);
    const counter = revision === undefined ? 0 : (counters.get(revision) ?? 0);
    if (served && served.counter < counter)
      found('fenced', read, `${show(served)} counts ${served.counter}, ${counter} at revision ${revision}`);
  }
}

function reached(answers: readonly Read[], orders: readonly Order[], found: Found): void {
  for (const read of answers)
    if (typeof read.asked === 'number' && read.revision < read.asked)
      found('reached', read, `revision ${read.revision}, asked for ${read.asked}`);
  const floor = new Floor();
  inOrder(
    orders.filter((order) => order.do === 'recompute'),
    (order) => floor.raise(order.node, order.revision),
    answers,
    (read) => {
      if (read.revision < floor.of(read.node))
        found('reached', read, `revision ${read.revision}, it had computed ${floor.of(read.node)}`);
    },
  );
}

function current({ increments }: History, answers: readonly Read[], found: Found): void {
  const reads = answers.filter((read) => read.asked === 'current');
  withAcknowledged(increments, reads, (read, acknowledged) => {
    const { counter } = globalOf(read) ?? {};
    if (counter !== undefined && counter < acknowledged)
      found('current', read, `${counter} of ${acknowledged}`);
    if (read.stale) found('current', read, 'labelled as stale');
  });
}

function bundle(read: Read, found: Found): void {
  const global = globalOf(read);
  const of = (prefix: string) =>
    new Map(
      read.documents
        .filter((served) => served.key.startsWith(prefix))
        .map((served): [string, Share] => [served.key.slice(prefix.length), served.share]),
    );
  for (const [prefix, shares] of [
    ['region:', global?.parts?.regions],
    ['facility:', global?.parts?.facilities],
  ] as const) {
    const served = of(prefix);
    const named = new Map(shares);
    const unassigned = named.get('unassigned');
    if (unassigned && !served.has('unassigned')) named.delete('unassigned');
    const text = (list: ReadonlyMap<string, Share>) =>
      JSON.stringify([...list].sort(([a], [b]) => (a < b ? -1 : 1)));
    if (text(served) !== text(named))
      found('bundle', read, `global has ${text(named)}, they say ${text(served)}`);
    const total = [...served.values(), unassigned ?? [0, 0]].reduce((sum, [n]) => sum + n, 0);
    if (total !== global?.share[0])
      found('bundle', read, `${prefix} adds up to ${total} of ${global?.share[0]}`);
  }
}

function answered({ reads, orders }: History, found: Found): void {
  for (const one of [...reads, ...orders])
    if (![0, 200, 404, 503].includes(one.status) || (one.status === 503 && !one.retryAfter))
      found('answered', one, String(one.status));
}

function calm(history: History, found: Found): void {
  for (const window of history.calm) {
    const reads = history.reads.filter((read) => read.start > window.start && read.end < window.end);
    const labelledSince = new Map<string, number>();
    for (const read of reads) {
      if (read.status !== 200 && read.status !== 404) found('calm', read, String(read.status));
      const what = `${read.node} ${read.documents.map(({ key }) => key)}`;
      if (!read.stale) labelledSince.delete(what);
      else if (!labelledSince.has(what)) labelledSince.set(what, read.start);
      else if (read.end - Number(labelledSince.get(what)) > CALM_LAG_MS)
        found('calm', read, 'labelled as stale');
    }
    const answers = reads.filter((read) => read.status === 200);
    const examine = (read: Read, acknowledged: number) => {
      const { counter } = globalOf(read) ?? {};
      if (counter !== undefined && counter < acknowledged)
        found('calm', read, `${counter} of ${acknowledged} changes`);
    };
    withAcknowledged(history.increments, answers, examine, CALM_LAG_MS);
  }
}
