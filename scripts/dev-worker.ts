/** `npm run dev:worker`: wrangler dev on the database of DATABASE_URL, or on the embedded one with demo data. */
import { once } from 'node:events';
import { pino } from 'pino';
import { type Address, shownServers } from '../src/address/address.ts';
import { openDatabase } from '../src/commands/database.ts';
import { prepareWhenReachable } from '../src/commands/prepare.ts';
import { aborted, stopSignal } from '../src/commands/stop-signal.ts';
import { readConfig, SETTINGS } from '../src/config.ts';
import { explainFailure } from '../src/db/explain-failure.ts';
import { makePassword } from '../src/embedded/private-file.ts';
import { AppError } from '../src/errors.ts';
import { requireFreePort } from '../src/runtime/node/http-server.ts';
import { startWranglerDev } from './wrangler.ts';

/** What the Worker has from elsewhere, or no use for. */
const OURS = ['DATABASE_URL', 'DATA_DIR', 'AUTO_MIGRATE', 'HOST', 'PORT', 'NODE_ENV', 'PATH'];

/** The embedded database takes 60 connections, and a stream holds one. */
const STREAMS_OF_EMBEDDED = '40';

/** What wrangler's Hyperdrive takes. */
const HANDED_ON = ['host', 'hostaddr', 'port', 'user', 'password', 'dbname', 'sslmode'];

/** With what PG* variables filled in, which Hyperdrive does not know. */
function urlOf(address: Address): string {
  const { user = '', password = '', dbname = user, sslmode } = address.values;
  const [name, secret, database] = [user, password, dbname].map(encodeURIComponent);
  return `postgres://${name}:${secret}@${shownServers(address)}/${database}${sslmode ? `?sslmode=${sslmode}` : ''}`;
}

async function main(): Promise<void> {
  const stop = stopSignal(process.env);
  const config = readConfig(process.env);
  // Wrangler would say it in a stack trace, once everything else is up.
  await requireFreePort(config, 'npm run dev:worker');
  const log = pino({ level: config.LOG_LEVEL });
  const db = await openDatabase(config, log, { create: true });
  try {
    await prepareWhenReachable(config, log, db, stop).catch((error) => {
      throw explainFailure(error, db.address);
    });
    const madeToken = config.ADMIN_TOKEN === undefined ? makePassword() : undefined;
    const given = SETTINGS.filter((name) => !OURS.includes(name) && process.env[name]);
    const wrangler = startWranglerDev(
      ['--env', 'dev', '--ip', config.HOST, '--port', String(config.PORT)],
      { stdio: 'inherit' },
      urlOf(db.address),
      {
        ADMIN_TOKEN: madeToken,
        // The Worker has a DATABASE_URL in any case, and by that another default of CRON_CLASSIFY.
        ...(db.embedded
          ? { DEMO: '1', CRON_CLASSIFY: config.CRON_CLASSIFY, MAX_STREAMS: STREAMS_OF_EMBEDDED }
          : {}),
        ...Object.fromEntries(given.map((name) => [name, process.env[name]])),
      },
    );
    void aborted(stop).then(() => wrangler.kill('SIGTERM'));
    const left = Object.keys(db.address.values).filter((parameter) => !HANDED_ON.includes(parameter));
    process.stdout.write(
      [
        ...(left.length > 0
          ? [`Hyperdrive of wrangler does not take these parameters of DATABASE_URL: ${left.join(', ')}`]
          : []),
        ...(db.embedded
          ? [`Database: with made-up projects, its address is in ${config.DATA_DIR}/database-url`]
          : []),
        `Admin token: ${madeToken ?? 'as set in ADMIN_TOKEN'}`,
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
