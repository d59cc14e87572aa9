/**
 * The database's files, `<DATA_DIR>/postgres`: made on the first start, found again on every other.
 *
 * What has that name is a complete database: initdb works under a temporary name beside it, which is renamed when all is on
 * disk. So one that was killed half-way leaves a folder that the next start clears away, and nothing here ever removes a
 * folder that holds a database.
 */
import { lchown, lstat, readdir, realpath, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedServerError } from '../errors.ts';
import { type Account, mayWrite } from './account.ts';
import { type CreateOptions, createDatabase, UNFINISHED } from './create.ts';
import { onlyIf } from './failures.ts';
import { makePassword, readPrivate, writePrivate } from './private-file.ts';

export interface Home {
  /** The real path of PostgreSQL's data directory. */
  readonly path: string;
  readonly password: string;
}

/** Opens the database of a data folder, makes it where there is none. The folder's lock must be held. */
export async function openHome(options: CreateOptions): Promise<Home> {
  const { dataDir } = options;
  const name = join(dataDir, 'postgres');
  for (const entry of await readdir(dataDir)) {
    if (entry.startsWith(UNFINISHED))
      await rm(join(dataDir, entry), { recursive: true, force: true, maxRetries: 3 });
  }

  if (await isVacant(name)) {
    const password = (await readPrivate(join(dataDir, 'password'))) || makePassword();
    await writePrivate(join(dataDir, 'password'), `${password}\n`);
    return { path: await createDatabase(name, password, options), password };
  }
  const path = await realpath(name).catch(onlyIf('ENOENT'));
  if (path === undefined) throw goneElsewhere(name);
  await adopt(path, options);
  const password = await readPrivate(join(dataDir, 'password'));
  if (!password) throw passwordLost(dataDir);
  return { path, password };
}

export function passwordLost(dataDir: string): EmbeddedServerError {
  return new EmbeddedServerError(
    `The password of the database in ${dataDir} is lost: ${join(dataDir, 'password')} is missing or wrong.`,
    {
      help: 'Bring that file back from where the folder came from, or move the folder away to begin a fresh database.',
    },
  );
}

/** Whether nothing has the name, not even a link; an empty folder is as good as none. */
async function isVacant(name: string): Promise<boolean> {
  const found = await lstat(name).catch(onlyIf('ENOENT'));
  if (!found?.isDirectory()) return found === undefined;
  if ((await readdir(name)).length > 0) return false;
  await rmdir(name);
  return true;
}

/** Checks that a folder is a database that these binaries and this account can run. */
async function adopt(path: string, { dataDir, account, binaries }: CreateOptions): Promise<void> {
  const version = await readPrivate(join(path, 'PG_VERSION'));
  if (version === undefined) {
    throw new EmbeddedServerError(`${path} holds files, but no PostgreSQL database.`, {
      help: 'Move it away, or set DATA_DIR to another folder.',
    });
  }
  if (version !== String(binaries.major)) {
    throw new EmbeddedServerError(
      `The database in ${path} was made by PostgreSQL ${version}; this program runs PostgreSQL ${binaries.major}.`,
      {
        help: `Carry it over with pg_dump of PostgreSQL ${version} and pg_restore, or move ${join(dataDir, 'postgres')} away to begin a fresh database, or set DATABASE_URL.`,
      },
    );
  }
  if (account === undefined) return;
  if ((await lstat(path)).uid === 0) await chownTree(path, account); // restored by root from a backup
  if (!(await mayWrite(account, path))) {
    throw new EmbeddedServerError(
      `The account ${account.name}, which must run PostgreSQL, cannot reach ${path}.`,
      {
        help: 'Let it pass through every folder on the way (chmod o+x), or move the data folder to where it can.',
      },
    );
  }
}

async function chownTree(path: string, account: Account): Promise<void> {
  if ((await lstat(path)).isDirectory()) {
    for (const entry of await readdir(path)) await chownTree(join(path, entry), account);
  }
  await lchown(path, account.uid, account.gid); // the folder last: while it is root's, this starts over
}

function goneElsewhere(name: string): EmbeddedServerError {
  return new EmbeddedServerError(`${name} links to a database that is gone.`, {
    help: `Bring back the folder it links to, or remove the link to begin a fresh database: rm ${name}`,
  });
}
