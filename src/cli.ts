#!/usr/bin/env node
import { catchEarlyStop } from './commands/early-stop.ts';

const args = process.argv.slice(2);
catchEarlyStop(args[0]);
const { exitWith, run } = await import('./commands/run.ts');
await exitWith(await run(args, process.env));
