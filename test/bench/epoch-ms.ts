import { performance } from 'node:perf_hooks';

/** Finer than Date.now(), and the same in all processes of a machine, but for what its clock has been set by meanwhile. */
export const epochMs = (): number => performance.timeOrigin + performance.now();
