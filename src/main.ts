import { catchEarlyStop } from './commands/early-stop.ts';

catchEarlyStop('serve');
const { exitWith, run } = await import('./commands/run.ts');
await exitWith(await run(['serve'], process.env));
