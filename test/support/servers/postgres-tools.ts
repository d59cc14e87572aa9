/** Programs for dumps in the tests: whether this machine has fitting ones, and stand-ins that behave as told. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { connect } from '../../../src/db/connection.ts';
import { findTool } from '../../../src/schema/postgres-tools.ts';
import { serverVersion } from '../../../src/schema/server-version.ts';

export const PATH = process.env['PATH'] ?? '';
const sql = connect(inject('serverUrl'), { max: 1 });
export const server = await serverVersion(sql);
await sql.end();

/** The folder of the programs for this server; undefined: there are none, or older ones. */
const dump = await findTool('pg_dump', server, { path: PATH }).catch(() => undefined);
const restore = await findTool('pg_restore', server, { path: PATH }).catch(() => undefined);

/** A test that needs pg_dump and pg_restore. Where they do not fit the server it requires the error that says so. */
export function itWithTools(name: string, body: () => Promise<void>): void {
  if (dump && restore) it(name, body);
  else {
    it(`${name} (no fitting pg_dump here: says so)`, async () => {
      await expect(findTool('pg_dump', server, { path: PATH })).rejects.toMatchObject({
        name: 'BackupError',
        message: expect.stringMatching(/older than the server|There is no pg_dump/),
        help: expect.stringContaining(`postgresql-client-${server.major}`),
      });
    });
  }
}

/** Writes a shell script named `tool` into a new folder `folder/name`, and returns that. `REAL` is the program it stands for. */
export async function standIn(
  folder: string,
  tool: 'pg_dump' | 'pg_restore',
  script: string,
  name = 'bin',
): Promise<string> {
  const bin = join(folder, name);
  await mkdir(bin, { recursive: true });
  const real = (tool === 'pg_dump' ? dump : restore)?.program ?? '';
  await writeFile(join(bin, tool), `#!/bin/sh\nREAL='${real}'\n${script}\n`);
  await chmod(join(bin, tool), 0o755);
  return bin;
}
