import type { Sql } from '../../../src/db/connection.ts';
import type { RefreshContext } from '../../../src/engine/refresh.ts';

/** For the engine on `sql`, with the settings that a node has by default. */
export const engineContext = (sql: Sql): RefreshContext => ({
  sql,
  timeZone: 'Asia/Bangkok',
  ttlSeconds: 300,
  engine: 'incremental',
});
