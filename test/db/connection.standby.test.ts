/** Which kind of server target_session_attrs takes, as libpq means its values. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { connect } from '../../src/db/connection.ts';
import { RestartableServer } from '../support/servers/restartable-server.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

let server: RestartableServer;
beforeAll(async () => {
  server = await RestartableServer.open();
});
afterAll(() => server.close());

async function takes(attrs: string): Promise<boolean> {
  const url = new URL(server.url);
  url.searchParams.set('target_session_attrs', attrs);
  const sql = connect(url.href, { max: 1 });
  onTestFinished(() => sql.end({ timeout: 1 }));
  return sql`SELECT 1`.then(
    () => true,
    (error) => {
      expect(error.code).toBe('NO_FITTING_SERVER');
      return false;
    },
  );
}

const ATTRS = ['read-write', 'read-only', 'primary', 'standby', 'prefer-standby'];
const taken = async () => {
  const answers = await Promise.all(ATTRS.map(takes));
  return ATTRS.filter((_, i) => answers[i]);
};

describe('target_session_attrs takes', () => {
  test('a primary as read-write and primary', async () => {
    expect(await taken()).toEqual(['read-write', 'primary', 'prefer-standby']);
  });

  test('a server whose transactions are read-only by default as read-only and primary', async () => {
    const sql = connect(server.url, { max: 1 });
    onTestFinished(() => sql.end());
    await sql`ALTER ROLE CURRENT_USER SET default_transaction_read_only = on`;
    expect(await taken()).toEqual(['read-only', 'primary', 'prefer-standby']);
    await sql`ALTER ROLE CURRENT_USER RESET default_transaction_read_only`;
  });

  test('a hot standby as read-only and standby', async () => {
    await server.restart('fast', (dataDir) => writeFile(join(dataDir, 'standby.signal'), ''));
    expect(await taken()).toEqual(['read-only', 'standby', 'prefer-standby']);
  });
});
