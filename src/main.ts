import { stopSignal } from './commands/stop-signal.ts';

const stop = stopSignal(process.env);
const { exitWith, run } = await import('./commands/run.ts');
await exitWith(await run(['serve'], process.env, stop));
