import { AppError, DatabaseUnavailableError, NotMigratedError, RefreshTimeoutError } from '../errors.ts';

/** The server could not be reached, dropped the session, or is starting or stopping. Waiting helps. */
export function isAway(error: unknown): boolean {
  const { code, severity, cause } = error as { code?: unknown; severity?: unknown; cause?: unknown };
  if (cause !== undefined && cause !== null) return isAway(cause);
  // Class 28 and 3D: the wrong role, password or database. Those are FATAL too, and waiting does not help.
  if (/^(28|3D)/.test(String(code))) return false;
  if (severity === 'FATAL' || severity === 'PANIC') return true;
  // Class 08: connection; 57P01..03: shutting down or starting up; the others are of sockets and the postgres package.
  return /^(08...|57P0[123]|53300|CONN.*|QUERY_TIMEOUT|E(CONN.*|PIPE|TIMEDOUT|HOSTUNREACH|NOTFOUND|AI_AGAIN))$/.test(
    String(code),
  );
}

/** Something of our schema is not there: 42P01 a table, 42703 a column, 3F000 the schema. Waiting does not help. */
export function isNotMigrated(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return error instanceof NotMigratedError || ['42P01', '42703', '3F000'].includes(String(code));
}

/** The server gave a statement up: 57014 past statement_timeout, 55P03 past lock_timeout. */
export function ranOutOfTime(error: unknown): boolean {
  return ['57014', '55P03'].includes(String((error as { code?: unknown }).code));
}

/** Another transaction was faster: 40001 a serialization failure, 40P01 a deadlock. From its start it may work. */
export function isSerializationConflict(error: unknown): boolean {
  return ['40001', '40P01'].includes(String((error as { code?: unknown }).code));
}

/** 26000: what this connection prepared is missing in the session that it has now, so a pooler stands in between. */
export function sessionWasChanged(error: unknown): boolean {
  return (error as { code?: unknown }).code === '26000';
}

/** What a failure of the database means to whoever waits for it; anything else is returned as it is. */
export function databaseFailure(error: unknown): unknown {
  if (error instanceof AppError && !(error instanceof NotMigratedError)) return error;
  const help = 'Try again in a few seconds.';
  if (isAway(error))
    return new DatabaseUnavailableError('The database does not answer.', { cause: error, help });
  if (ranOutOfTime(error) || isSerializationConflict(error))
    return new RefreshTimeoutError('The database did not finish in time.', { cause: error, help });
  if (isNotMigrated(error))
    return new DatabaseUnavailableError('The database lacks something that this needs.', {
      cause: error,
      help: 'The log of the service names it.',
    });
  return error;
}

/** @throws DatabaseUnavailableError or RefreshTimeoutError where the database is the cause; anything else as it is */
export async function askDatabase<T>(work: () => Promise<T>): Promise<T> {
  return work().catch((error) => {
    throw databaseFailure(error);
  });
}
