/** A PostgreSQL of a test's own, in a folder of its own. Both are gone when the process ends, by a signal too. */
import { rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type EmbeddedServer, startEmbedded } from '../../../src/embedded/embedded.ts';
import { findPrograms } from '../../../src/embedded/programs.ts';
import { CLUSTERS, newFolder } from './folder.ts';

// Without a listener a signal would end us before what is called at the exit.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));

/**
 * @param settings of postgres; TEST_POSTGRES_BIN chooses other binaries than those from npm
 * @param parent of its folder
 */
export async function startServer(
  settings: Record<string, string> = {},
  parent = CLUSTERS,
): Promise<{ url: string; stop: () => Promise<void> }> {
  const folder = await makeFolder(parent);
  const server = await startIn(folder, settings);
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function makeFolder(parent = CLUSTERS): Promise<string> {
  const folder = await newFolder(parent);
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
