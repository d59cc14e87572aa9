/** Passwords, and files that hold one: for our own account only, and never seen half-written. */
import { randomBytes } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';

export async function writePrivate(path: string, text: string): Promise<void> {
  const draft = `${path}.new`;
  await rm(draft, { force: true });
  await writeFile(draft, text, { mode: 0o600, flag: 'wx', flush: true });
  await rename(draft, path);
}

/** A new password, safe in a URL as it is. */
export function makePassword(): string {
  return randomBytes(24).toString('base64url');
}
