/** What goes wrong, when and where: decided by the seed, ahead of the run. */
import { between, oneOf, random, shuffled } from './random.ts';

export const FAULTS = {
  kill: 'a node is killed with -9 and started again, sometimes with a wrong clock',
  freeze: 'a node is frozen (SIGSTOP)',
  freezeInRefresh: 'a node is frozen while it is inside a refresh',
  terminate: 'all sessions are terminated',
  cutListening: 'the connection that listens is cut',
  muteListening: 'the connection that listens stays open and carries nothing any more',
  cut: 'a node loses its connections and gets no new ones',
  silence: 'the connections of a node stay open and carry nothing, nor do new ones',
  delay: 'what the database says reaches a node late, by each connection differently',
  restartFast: 'PostgreSQL is restarted in order',
  restartImmediate: 'PostgreSQL crashes and recovers',
  jumpClock: 'the wall clock of a node jumps by 15 minutes',
} as const;
export type FaultKind = keyof typeof FAULTS;

export interface Fault {
  kind: FaultKind;
  /** ms since the run began. */
  at: number;
  /** Number of the node; those of the server ignore it. */
  node: number;
  /** How long it lasts, in ms; for delay also how long the delay is, by `size`. */
  forMs: number;
  /** 0 <= size < 1. */
  size: number;
}

/** Faults for so long, of every kind in `kinds` before any comes again, each at one of `nodes`. They may overlap. */
export function plan(
  seed: number,
  durationMs: number,
  nodes: readonly number[],
  kinds: readonly FaultKind[] = Object.keys(FAULTS) as FaultKind[],
): Fault[] {
  const chance = random(seed, 'faults');
  const faults: Fault[] = [];
  let deck: FaultKind[] = [];
  for (let at = between(chance, 500, 1_500); at < durationMs; at += between(chance, 800, 3_000)) {
    if (deck.length === 0) deck = shuffled(chance, kinds);
    const kind = deck.pop() as FaultKind;
    const longest = kind === 'freezeInRefresh' ? 12_000 : 5_000;
    faults.push({
      kind,
      at,
      node: oneOf(chance, nodes),
      forMs: Math.min(between(chance, 500, longest), Math.max(500, durationMs - at)),
      size: chance(),
    });
  }
  return faults;
}
