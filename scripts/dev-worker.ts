/** `npm run dev:worker`: wrangler dev on the database of DATABASE_URL, or on the embedded one with demo data. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { pino } from 'pino';
import { explainConnection } from '../src/commands/connection-failure.ts';
import { openDatabase } from '../src/commands/database.ts';
import { requireFreePort } from '../src/commands/http-server.ts';
import { prepareWhenReachable } from '../src/commands/prepare.ts';
import { readConfig, SETTINGS } from '../src/config.ts';
import { AppError } from '../src/errors.ts';
import { startWrangler } from './wrangler.ts';

/** What the Worker has from elsewhere, or no use for. */
const OURS = ['DATABASE_URL', 'DATA_DIR', 'AUTO_MIGRATE', 'HOST', 'PORT', 'NODE_ENV', 'PATH'];

async function main(): Promise<void> {
  const config = readConfig(process.env);
  // Wrangler would say it in a stack trace, once everything else is up.
  await requireFreePort(config, 'npm run dev:worker');
  const log = pino({ level: config.LOG_LEVEL });
  const db = await openDatabase(config, log);
  try {
    await prepareWhenReachable(config, log, db, new Promise(() => {})).catch((error) => {
      throw explainConnection(error, db.url);
    });
    const token = config.ADMIN_TOKEN ?? randomBytes(24).toString('base64url');
    const given = SETTINGS.filter((name) => !OURS.includes(name) && process.env[name] !== undefined);
    const vars = {
      ...(db.embedded ? { DEMO: '1', CRON_CLASSIFY: config.CRON_CLASSIFY } : {}),
      ...Object.fromEntries(given.map((name) => [name, process.env[name]])),
      ADMIN_TOKEN: token,
    };
    const wrangler = startWrangler(
      [
        ...['dev', '--test-scheduled', '--env', 'dev', '--inspector-port', '0'],
        ...['--ip', config.HOST, '--port', String(config.PORT)],
        ...Object.entries(vars).flatMap(([name, value]) => ['--var', `${name}:${value}`]),
      ],
      { stdio: 'inherit' },
      db.url,
    );
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => wrangler.kill(signal));
    process.stdout.write(
      [
        ...(db.embedded
          ? [`Database: made up for this, its address is in ${config.DATA_DIR}/database-url`]
          : []),
        `Admin token: ${token}`,
        `A tick of the clock, there is no other here: curl 'http://${config.HOST}:${config.PORT}/__scheduled'`,
        '',
      ].join('\n'),
    );
    const [code] = await once(wrangler, 'exit');
    process.exitCode = code ?? 0;
  } finally {
    await db.close();
  }
}

await main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n${error instanceof AppError ? `${error.help ?? ''}\n` : ''}`);
  process.exitCode = 1;
});
