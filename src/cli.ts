#!/usr/bin/env node
import { exitWith, run } from './commands/run.ts';

await exitWith(await run(process.argv.slice(2), process.env));
