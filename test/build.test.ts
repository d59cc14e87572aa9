import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ROOT } from './support/service/bundle.ts';

test('a build is kept while nothing that goes into it has changed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dashboard-stats-build-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const build = () => {
    execFileSync(process.execPath, ['build.mjs', folder], { cwd: ROOT });
    return statSync(join(folder, 'cli.js')).mtimeMs;
  };
  const first = build();
  expect(build()).toBe(first);
  // As if a source had been another one then.
  appendFileSync(join(folder, 'built-from'), 'changed');
  expect(build()).toBeGreaterThan(first);
});
