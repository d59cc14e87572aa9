import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // What the first find depends on chance and on how busy the machine is: `npm run test:chaos` runs them, for minutes.
    // The others need workerd: `npm run test:worker`.
    exclude: [...configDefaults.exclude, 'test/chaos/{chaos,bugs}.test.ts', 'test/worker/**'],
    globalSetup: ['test/support/servers/postgres-server.ts', 'test/support/service/bundle.ts'],
    pool: 'forks',
    // More than two cores, as tests wait half of their time.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
