import { existsSync } from 'node:fs';
import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { CHROMIUM_PATH, CI } from './test/support/browser/chromium-path.ts';

const hasBrowser = existsSync(CHROMIUM_PATH);
if (!hasBrowser && CI) throw new Error(`There is no Chromium at ${CHROMIUM_PATH}.`);
if (!hasBrowser)
  process.stdout.write(
    `No Chromium at ${CHROMIUM_PATH} (CHROMIUM_PATH): the tests in a browser are left out.\n`,
  );

const IN_BROWSER = 'test/browser/**';
const LONGEST = /(every-page|g10-crash|embedded\/.*|commands\/demo|g01-exact\.property)\.test\.ts$/;

/** So that none of them runs alone at the end: a clean clone knows no times of former runs. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => LONGEST.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

const common = {
  pool: 'forks',
  // A file finds the modules loaded that an earlier one has loaded: they are a third of the time of a small file.
  isolate: false,
  testTimeout: 30_000,
  hookTimeout: 60_000,
  // The end of a wait for what must come, which is no measure of how soon: machines that test are busy.
  expect: { poll: { timeout: 15_000 } },
  // What differs is told whole: CI's report has nothing else.
  chaiConfig: { truncateThreshold: 0 },
} as const;

export default defineConfig({
  test: {
    globalSetup: ['test/support/servers/postgres-server.ts', 'test/support/service/bundle.ts'],
    // More than two cores, as tests wait half of their time.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          ...common,
          name: 'service',
          include: ['test/**/*.test.ts'],
          // What the first find depends on chance and on how busy the machine is: `npm run test:chaos` runs them, for minutes.
          // The others need workerd: `npm run test:worker`.
          exclude: [
            ...configDefaults.exclude,
            'test/chaos/{chaos,bugs,soak}.test.ts',
            'test/worker/**',
            IN_BROWSER,
          ],
        },
      },
      ...(hasBrowser
        ? [
            {
              test: {
                ...common,
                // axe and pictures take their time where others use the machine too.
                testTimeout: 90_000,
                name: 'browser',
                include: [`${IN_BROWSER}/*.test.ts`],
                globalSetup: ['test/support/browser/chromium.ts'],
              },
            },
          ]
        : []),
    ],
  },
});
