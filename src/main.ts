import { exitWith, run } from './commands/run.ts';

await exitWith(await run(['serve'], process.env));
