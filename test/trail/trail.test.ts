import { expect, onTestFinished, test } from 'vitest';
import { connect } from '../../src/db/connection.ts';
import { readActions } from '../../src/trail/admin-actions.ts';
import { Trail } from '../../src/trail/trail.ts';
import { eachTestGets } from '../support/servers/database.ts';
import { silentLog as log } from '../support/service/silent-log.ts';

const database = eachTestGets('migrated');

test('what came of an action is recorded, also where the connection was lost at its end', async () => {
  const { sql } = database;
  const pool = connect(database.url, { max: 1 });
  onTestFinished(() => pool.end({ timeout: 1 }));
  const trail = new Trail({ sql: pool, log, now: () => performance.now() });
  const failing = async () => {
    await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%admin_actions%'`;
    throw new Error('The connection was lost.');
  };
  const asked = { who: 'ops', action: 'recompute', target: {} } as const;
  const recorded = trail.record(asked, failing, () => ({ outcome: 'succeeded', detail: 'done' }));
  await expect(recorded).rejects.toThrow('The connection was lost.');
  expect(await readActions(sql, { limit: 1, after: undefined })).toMatchObject([
    { outcome: 'failed', detail: 'The connection was lost.' },
  ]);
});
