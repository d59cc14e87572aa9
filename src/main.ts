import { exitWith, run } from './commands/run.ts';

exitWith(await run(['serve'], process.env));
