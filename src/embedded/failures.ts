import { EmbeddedServerError } from '../errors.ts';

const ELSEWHERE = 'set DATA_DIR to another folder, or DATABASE_URL to use a server of your own';

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
  const { path, syscall } = (error ?? {}) as { path?: unknown; syscall?: unknown };
  const where = typeof path === 'string' ? path : dataDir;
  const code = codeOf(error);
  // Node's recursive mkdir says ENOENT where the file system is read-only.
  switch (code === 'ENOENT' && syscall === 'mkdir' ? 'EROFS' : code) {
    case 'EROFS':
      return new EmbeddedServerError(
        `The data folder ${dataDir} cannot be made or written: its file system is read-only.`,
        {
          help: `Mount it writable, or ${ELSEWHERE}.`,
          cause: error,
        },
      );
    case 'ENOSPC':
    case 'EDQUOT':
      return diskFull(dataDir, error);
    case 'EACCES':
    case 'EPERM':
      return new EmbeddedServerError(
        `The data folder ${dataDir} cannot be used: no permission on ${where}.`,
        {
          help: `Let this account write there, start as the account that made the folder, or ${ELSEWHERE}.`,
          cause: error,
        },
      );
    case 'ENOTDIR':
    case 'EEXIST':
      return new EmbeddedServerError(
        `The data folder ${dataDir} cannot be a folder: ${where} is a file, or is below one.`,
        {
          help: `Move that file away, or ${ELSEWHERE}.`,
          cause: error,
        },
      );
    default:
      return new EmbeddedServerError(
        `The embedded PostgreSQL in ${dataDir} could not be started: ${error instanceof Error ? error.message : String(error)}`,
        { help: `If it stays so, ${ELSEWHERE}.`, cause: error },
      );
  }
}

/** What initdb or postgres said on its way out, as an error: `words` are its last lines, the newest last. */
export function childFailed(what: string, dataDir: string, words: readonly string[]): EmbeddedServerError {
  const text = words.join('\n');
  if (/No space left on device|Disk quota exceeded/.test(text)) return diskFull(dataDir, new Error(text));
  const reasons = words.filter((line) => /FATAL|PANIC|error:/.test(line));
  const reason = (reasons.length > 0 ? reasons : words.slice(-5)).map((line) => line.trim()).join('\n  ');
  return new EmbeddedServerError(`${what} in ${dataDir} failed: ${reason || 'it said nothing'}`, {
    help: `All that it said:\n  ${words.join('\n  ')}\nMend that, or ${ELSEWHERE}.`,
  });
}

function diskFull(dataDir: string, cause: unknown): EmbeddedServerError {
  return new EmbeddedServerError(`The disk that holds the data folder ${dataDir} is full.`, {
    help: `Free some space (a fresh database takes about 50 MB, with its log up to 1 GB more), or ${ELSEWHERE}.`,
    cause,
  });
}
