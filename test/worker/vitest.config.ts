import { defineConfig } from 'vitest/config';

/** The tests of the HTTP contract, the very same files as on Node, and those of Workers alone; each file in a workerd. */
export default defineConfig({
  test: {
    include: ['test/http/{stats,changes,history,lists}.test.ts', 'test/worker/*.test.ts'],
    provide: { runtime: 'workerd' },
    globalSetup: ['test/support/servers/postgres-server.ts', 'test/support/service/built-assets.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 90_000,
    expect: { poll: { timeout: 15_000 } },
  },
});
