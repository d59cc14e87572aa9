import { stopSignal } from './commands/stop-signal.ts';

const stop = stopSignal();
const { exitWith, run } = await import('./commands/run.ts');
await exitWith(await run(['serve'], process.env, stop));
