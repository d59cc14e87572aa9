#!/usr/bin/env node
import { exitWith, run } from './commands/run.ts';

exitWith(await run(process.argv.slice(2), process.env));
