/**
 * `npm run test:chaos -- --minutes N --seed S`: N rounds of about a minute each, with seeds from S on. `npm run test:soak` likewise,
 * in which the same processes go on from round to round.
 */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  options: { minutes: { type: 'string', default: '5' }, seed: { type: 'string', default: '1' } },
  allowPositionals: true,
});
const child = spawn(
  'npx',
  ['vitest', 'run', '--config', 'test/chaos/vitest.config.ts', `test/chaos/${positionals[0]}.test.ts`],
  {
    env: { ...process.env, CHAOS_MINUTES: values.minutes, CHAOS_SEED: values.seed },
    stdio: 'inherit',
  },
);
child.on('close', (code) => process.exit(code ?? 1));
