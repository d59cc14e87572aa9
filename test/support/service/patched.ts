/** The program with changes in its sources: another version of it, or one with a bug. */
import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { ROOT } from './bundle.ts';

/** Puts `put` in the place of `take`, which must stand exactly once in that file of src/. */
export interface Patch {
  file: string;
  take: string;
  put: string;
}

/** To be run by node; it is removed when the test ends. */
export async function patchedProgram(patches: readonly Patch[]): Promise<string> {
  // Below the package's folder, so that its packages and sql/ are found.
  const folder = await mkdtemp(join(ROOT, 'node_modules', '.dashboard-stats-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const part of ['src', 'package.json'])
    await cp(join(ROOT, part), join(folder, part), { recursive: true });
  for (const { file, take, put } of patches) {
    const parts = (await readFile(join(folder, file), 'utf8')).split(take);
    expect(parts, `${file} has once: ${take}`).toHaveLength(2);
    await writeFile(join(folder, file), parts.join(put));
  }
  execFileSync(process.execPath, [join(ROOT, 'build.mjs')], { cwd: folder });
  return join(folder, 'dist', 'cli.js');
}
