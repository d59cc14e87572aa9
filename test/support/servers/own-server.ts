/** A PostgreSQL of a test's own, in a folder of its own. Both are gone when the process ends, by a signal too. */
import { rmSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedServer, startEmbedded } from '../../../src/embedded/embedded.ts';
import { findPrograms } from '../../../src/embedded/programs.ts';

// Without a listener a signal would end us before what is called at the exit.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));

/** @param settings of postgres; TEST_POSTGRES_BIN chooses other binaries than those from npm */
export async function startServer(
  settings: Record<string, string> = {},
): Promise<{ url: string; stop: () => Promise<void> }> {
  const folder = await makeFolder();
  const server = await startIn(folder, settings);
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dashboard-stats-test-'));
  // As root: the server's account has to get in.
  await chmod(folder, 0o755);
  // The server's own listener, which stops it, comes before.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function startIn(
  folder: string,
  settings: Record<string, string> = {},
): Promise<EmbeddedServer> {
  const binDir = process.env['TEST_POSTGRES_BIN'] ?? (await findPrograms({})).binDir;
  return startEmbedded({ dataDir: join(folder, 'data'), rootDir: join(folder, 'root'), binDir, settings });
}
