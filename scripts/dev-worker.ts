/** `npm run dev:worker`: wrangler dev on the database of DATABASE_URL, or on the embedded one with demo data. */
import { once } from 'node:events';
import { pino } from 'pino';
import { openDatabase } from '../src/commands/database.ts';
import { prepareWhenReachable } from '../src/commands/prepare.ts';
import { readConfig } from '../src/config.ts';
import { startWrangler } from './wrangler.ts';

const config = readConfig(process.env);
const log = pino({ level: config.LOG_LEVEL });
const db = await openDatabase(config, log);
try {
  await prepareWhenReachable(config, log, db, new Promise(() => {}));
  const token = config.ADMIN_TOKEN ?? 'admin-token-of-dev-worker';
  const address = ['--ip', config.HOST, '--port', String(config.PORT), '--inspector-port', '0'];
  const vars = ['--var', `ADMIN_TOKEN:${token}`, '--var', `STATS_TIME_ZONE:${config.STATS_TIME_ZONE}`];
  const wrangler = startWrangler(
    ['dev', '--test-scheduled', '--env', 'dev', ...address, ...vars],
    { stdio: 'inherit' },
    db.url,
  );
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => wrangler.kill(signal));
  process.stdout.write(
    `Admin token: ${token}\nA tick of the clock: curl 'http://${config.HOST}:${config.PORT}/__scheduled'\n`,
  );
  const [code] = await once(wrangler, 'exit');
  process.exitCode = code ?? 0;
} finally {
  await db.close();
}
