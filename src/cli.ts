#!/usr/bin/env node
import { stopSignal } from './commands/stop-signal.ts';

const stop = stopSignal(process.env);
const { exitWith, run } = await import('./commands/run.ts');
await exitWith(await run(process.argv.slice(2), process.env, stop));
