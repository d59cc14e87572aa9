import { shown } from '../address/address.ts';
import type { Config } from '../config.ts';
import { baseUrl } from '../runtime/node/http-server.ts';
import type { OpenDatabase } from './database.ts';

/** What a person needs to know once it runs. Goes to stdout whatever LOG_LEVEL is. */
export function banner({
  config,
  db,
  port,
  madeToken,
}: {
  config: Config;
  db: OpenDatabase;
  port: number;
  madeToken: string | undefined;
}): string {
  const base = baseUrl(config.HOST, port);
  const lines = [
    ['Page', `${base}/`],
    ['API', `${base}/stats`],
    ['API docs', `${base}/docs`],
    ['Operator', `${base}/operator`],
    ['Database', `${shown(db.address)}${db.embedded ? ` (embedded, data in ${config.DATA_DIR})` : ''}`],
    ...(db.embedded ? [['Demo', 'yes: these projects are made up. Set DATABASE_URL to show your own.']] : []),
    ...(config.DEMO_ACTIVITY === '1'
      ? [['Activity', 'one of them changes every few seconds; DEMO_ACTIVITY=0 stops that']]
      : []),
    [
      'Admin token',
      madeToken
        ? `${madeToken} (made for this start; set ADMIN_TOKEN to keep one)`
        : config.ADMIN_TOKEN
          ? 'as set in ADMIN_TOKEN'
          : 'none: with NODE_ENV=production nobody is an administrator before ADMIN_TOKEN is set',
    ],
  ] as const;
  return `\ndashboard-stats is running. Ctrl-C stops it.\n\n${lines.map(([name, value]) => `  ${name?.padEnd(12)} ${value}`).join('\n')}\n\n`;
}
