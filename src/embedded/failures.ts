import { EmbeddedServerError } from '../errors.ts';

const ELSEWHERE =
  'set DATA_DIR to a folder that this account can write, or DATABASE_URL to use a server of your own';

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

/** What went wrong with the files of a data folder; errors that are in words already stay. */
export function explain(error: unknown, dataDir: string): EmbeddedServerError {
  if (error instanceof EmbeddedServerError) return error;
  return new EmbeddedServerError(`The data folder ${dataDir} cannot be used: ${(error as Error).message}`, {
    help: `Correct that (of a read-only file system it may say ENOENT), or ${ELSEWHERE}.`,
    cause: error,
  });
}

export function programFailed(what: string, folder: string, output: string): EmbeddedServerError {
  const lines = output.split('\n').slice(-50);
  const reasons = lines.filter((line) => /FATAL|PANIC|error:|No space left/.test(line));
  const reason = (reasons.length > 0 ? reasons : lines.slice(-5)).map((line) => line.trim()).join('\n  ');
  return new EmbeddedServerError(`${what} in ${folder} failed: ${reason || 'is its disk full?'}`, {
    help: `Its whole output:\n  ${lines.join('\n  ')}\nCorrect that, or ${ELSEWHERE}.`,
  });
}
