import { statfs } from 'node:fs/promises';
import { EmbeddedServerError } from '../errors.ts';

const ELSEWHERE = 'set DATA_DIR to another folder, or DATABASE_URL to use a server of your own';
const MEBIBYTE = 1_048_576;

/** The system's code of a failed call (`ENOSPC`) or PostgreSQL's (`57P03`). */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** For `await call().catch(onlyIf('ENOENT'))`: undefined for these codes, any other failure is thrown on. */
export function onlyIf(...codes: string[]): (error: unknown) => undefined {
  return (error) => {
    if (!codes.includes(codeOf(error) ?? '')) throw error;
    return undefined;
  };
}

/** Says in words what went wrong with the files of a data folder; errors that are in words already stay. */
export function explain(error: unknown, dataDir: string): EmbeddedServerError {
  if (error instanceof EmbeddedServerError) return error;
  const { path, syscall, message } = error as { path?: unknown; syscall?: unknown; message?: unknown };
  const where = typeof path === 'string' ? path : dataDir;
  const code = codeOf(error);
  // Node's recursive mkdir says ENOENT where the file system is read-only.
  const kind = code === 'ENOENT' && syscall === 'mkdir' ? 'EROFS' : code;
  if (kind === 'ENOSPC' || kind === 'EDQUOT') return diskFull(where, error);
  const [what, help] = inWords(kind, where) ?? [`cannot be used: ${message}`, 'Try again'];
  return new EmbeddedServerError(`The data folder ${dataDir} ${what}`, {
    help: `${help}, or ${ELSEWHERE}.`,
    cause: error,
  });
}

function inWords(code: string | undefined, where: string): [what: string, help: string] | undefined {
  switch (code) {
    case 'EROFS':
      return ['cannot be made or written: its file system is read-only.', 'Mount it writable'];
    case 'EACCES':
    case 'EPERM':
      return [
        `cannot be used: no permission on ${where}.`,
        'Let this account write there, use the account that made the folder',
      ];
    case 'ENOTDIR':
    case 'EEXIST':
      return [`cannot be a folder: ${where} is a file, or is below one.`, 'Move that file away'];
    default:
      return undefined;
  }
}

/** What a program of PostgreSQL printed before it failed, as an error. */
export async function programFailed(
  what: string,
  folder: string,
  output: string,
): Promise<EmbeddedServerError> {
  // A full disk may have had no room for the message either.
  const { bavail, bsize } = await statfs(folder);
  if (
    /No space left on device|Disk quota exceeded|wrote only \d+ of/.test(output) ||
    bavail * bsize < MEBIBYTE
  )
    return diskFull(folder, new Error(output));
  const lines = output.split('\n').slice(-50);
  const reasons = lines.filter((line) => /FATAL|PANIC|error:/.test(line));
  const reason = (reasons.length > 0 ? reasons : lines.slice(-5)).map((line) => line.trim()).join('\n  ');
  return new EmbeddedServerError(`${what} in ${folder} failed: ${reason}`, {
    help: `Its whole output:\n  ${lines.join('\n  ')}\nCorrect that, or ${ELSEWHERE}.`,
  });
}

function diskFull(folder: string, cause: unknown): EmbeddedServerError {
  return new EmbeddedServerError(`The disk that holds ${folder} is full.`, {
    help: `Free some space (a fresh database takes about 50 MB, with its log up to 1 GB more), or ${ELSEWHERE}.`,
    cause,
  });
}
