import { stat } from 'node:fs/promises';
import type { Check } from '../check.ts';

const FRESH_MS = 60 * 60_000;

/** A dump younger than an hour. `now` in milliseconds. */
export async function checkBackup(file: string | undefined, now: number): Promise<Check> {
  const name = 'backup';
  const remedy = 'Make one: npm run --silent cli -- backup; then name it: preflight --backup FILE';
  if (file === undefined) {
    return {
      name,
      status: 'warning',
      detail: 'No file was named, and PostgreSQL does not know of backups.',
      remedy,
    };
  }
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) return { name, status: 'failed', detail: `There is no file ${file}.`, remedy };
  if (found.size === 0) return { name, status: 'failed', detail: `${file} is empty.`, remedy };
  const minutes = Math.round((now - found.mtimeMs) / 60_000);
  if (now - found.mtimeMs > FRESH_MS) {
    return { name, status: 'failed', detail: `${file} is ${minutes} minutes old.`, remedy };
  }
  return {
    name,
    status: 'ok',
    detail: `${file} is ${minutes} minutes old and ${found.size.toLocaleString('en')} bytes large.`,
  };
}
