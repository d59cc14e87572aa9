import { run } from './commands/run.ts';

process.exitCode = await run(['serve'], process.env);
