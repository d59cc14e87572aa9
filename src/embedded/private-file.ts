/** Files that hold the database's password: for our own account only, and never seen half-written. */
import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { onlyIf } from './failures.ts';

/** Replaces the file; works on one that another account left behind too, where the folder is ours. */
export async function writePrivate(path: string, text: string): Promise<void> {
  const draft = `${path}.new`;
  await rm(draft, { force: true });
  await writeFile(draft, text, { mode: 0o600, flag: 'wx', flush: true });
  await rename(draft, path);
}

/** The file's one line, or undefined where there is no such file. */
export async function readPrivate(path: string): Promise<string | undefined> {
  return (await readFile(path, 'utf8').catch(onlyIf('ENOENT')))?.trim();
}

/** A new password, safe in a URL as it is. */
export function makePassword(): string {
  return randomBytes(24).toString('base64url');
}
