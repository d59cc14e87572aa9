import { defineConfig } from 'vitest/config';

/** What the usual run leaves out, as it takes minutes. */
export default defineConfig({
  test: {
    include: ['test/chaos/*.test.ts'],
    globalSetup: ['test/support/servers/postgres-server.ts', 'test/support/service/bundle.ts'],
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
    chaiConfig: { truncateThreshold: 0 },
  },
});
