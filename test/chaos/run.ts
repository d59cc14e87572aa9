/** One run: three nodes and the faults of a seed, and then a check of all that was seen. */
import { Faults } from './faults.ts';
import { type FaultKind, plan } from './plan.ts';
import { type Report, Scene, type SceneOptions } from './scene.ts';

/** Hardly ever refreshes by itself, so that what it serves shows how it follows the others. */
export const FOLLOWING = 2;
const NODES = ['20', '20', '2000'].map((POLL_INTERVAL_MS) => ({ POLL_INTERVAL_MS }));

export interface RunOptions extends Pick<SceneOptions, 'seed' | 'program' | 'administrators' | 'quiet'> {
  /** How long faults go on. */
  faultsMs: number;
  /** How long nothing goes wrong after that; default 4,000. */
  calmMs?: number;
  kinds?: readonly FaultKind[];
  /** Those that faults hit; default all. */
  victims?: readonly number[];
  /** Until every node must be as it was, after the last fault is over; default 45,000. */
  healMs?: number;
}

export interface ChaosReport extends Report {
  injected: Partial<Record<FaultKind, number>>;
  frozenInside: number;
}

export async function runChaos(options: RunOptions): Promise<ChaosReport> {
  const { seed, faultsMs, kinds, victims = [...NODES.keys()], calmMs = 4_000, healMs = 45_000 } = options;
  const scene = await Scene.open({ ...options, nodes: NODES });
  const faults = new Faults(scene.cluster);
  try {
    await faults.carryOut(plan(seed, faultsMs, victims, kinds));
    await scene.heal(healMs);
    await scene.stayCalm(calmMs);
  } catch (error) {
    scene.faults.push(`Not healed: ${error}`);
  }
  return { ...(await scene.end()), injected: faults.done, frozenInside: faults.frozenInside };
}
