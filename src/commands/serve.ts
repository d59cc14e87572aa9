import packageJson from '../../package.json' with { type: 'json' };
import { explainFailure } from '../db/explain-failure.ts';
import { demoActivity } from '../demo/live.ts';
import { makePassword } from '../embedded/private-file.ts';
import { requireFreePort } from '../runtime/node/http-server.ts';
import { nodeName } from '../runtime/node/node-name.ts';
import { serve } from '../runtime/node/serve.ts';
import { readTitles } from '../runtime/node/titles-file.ts';
import { NODE_PREFIX } from '../service/status.ts';
import type { Titles } from '../stats/titles.ts';
import { banner } from './banner.ts';
import { type Command, type CommandContext, EXIT } from './command.ts';
import { type OpenDatabase, openDatabase } from './database.ts';
import { prepareWhenReachable } from './prepare.ts';
import { aborted } from './stop-signal.ts';

const NO_ADMINISTRATOR = 'ADMIN_TOKEN is not set: nobody is an administrator here.';
/** After the start, in which figures are read for the first time. */
const FIRST_CHANGE_MS = 3_000;

export const serveCommand: Command = {
  name: 'serve',
  summary: 'Run the service (npm start)',
  examples: { '': 'on the database of DATABASE_URL; without one, the demo in .data' },
  async run(context) {
    const { config, log, say, stop } = context;
    if (!stop.aborted) {
      const titles = await readTitles(config.TITLES_FILE);
      await requireFreePort(config);
      say('Starting ...');
      const db = await openDatabase(config, log, {
        create: true,
        exclusive: true,
        applicationName: `${NODE_PREFIX}${nodeName()}`,
      });
      try {
        await serveUntilStopped(context, db, titles);
      } catch (error) {
        throw explainFailure(error, db.address);
      } finally {
        await db.close();
      }
    }
    say('Stopped.');
    return EXIT.done;
  },
};

async function serveUntilStopped(
  { config, log, stop }: CommandContext,
  db: OpenDatabase,
  titles: Titles,
): Promise<void> {
  const isClosed = config.NODE_ENV === 'production';
  const madeToken = config.ADMIN_TOKEN || isClosed ? undefined : makePassword();
  const madeTokens = madeToken ? [{ name: 'admin', token: madeToken }] : [];
  if (!config.ADMIN_TOKEN && isClosed) log.warn({}, NO_ADMINISTRATOR);
  const { port, ready, ...serving } = await serve({
    sql: db.sql,
    config,
    log,
    adminTokens: config.ADMIN_TOKEN ?? madeTokens,
    demo: db.embedded,
    titles,
    version: packageJson.version,
    prepare: () => prepareWhenReachable(config, log, db, stop),
  });
  const activity = demoActivity(db.sql, log, config.STATS_TIME_ZONE);
  let isReady = false;
  const running = ready.then(() => {
    isReady = true;
    process.stdout.write(banner({ config, db, port, madeToken }));
    if (config.DEMO_ACTIVITY === '1') activity.start(FIRST_CHANGE_MS);
    return aborted(stop);
  });
  try {
    await Promise.race([running, aborted(stop)]);
  } finally {
    // A failure of a start that was interrupted is no news.
    running.catch(() => undefined);
    // Nobody waits until the demo is made: the next start goes on with it. Nor for a database that does not answer, but for what is
    // being cancelled there.
    if (!isReady) await db.sql.end({ timeout: db.embedded ? 0 : 1 });
    await activity.close();
    await serving.stop();
  }
}
