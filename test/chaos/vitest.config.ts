import { configDefaults, defineConfig } from 'vitest/config';
import usual from '../../vitest.config.ts';

/** With the runs that the usual ones leave out. */
export default defineConfig({
  test: { ...usual.test, include: ['test/chaos/*.test.ts'], exclude: configDefaults.exclude },
});
