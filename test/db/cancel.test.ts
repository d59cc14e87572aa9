/** Aborting what runs in the database, as Ctrl-C does. */
import { inject, onTestFinished, test } from 'vitest';
import { connect } from '../../src/db/connection.ts';
import { startProxy } from '../support/servers/proxy.ts';

test('an abort on a network that is gone ends without a failure that nobody handles', async () => {
  const proxy = await startProxy(inject('serverUrl'));
  const stop = new AbortController();
  const sql = connect(proxy.url, { max: 1, signal: stop.signal });
  onTestFinished(async () => {
    await sql.end({ timeout: 0 });
    proxy.close();
  });
  const running = sql`SELECT pg_sleep(30)`.catch(() => 'failed');
  await new Promise((resolve) => setTimeout(resolve, 300));
  proxy.close();
  stop.abort();
  // What is not handled fails the run.
  await new Promise((resolve) => setTimeout(resolve, 300));
  proxy.cut();
  await running;
});
