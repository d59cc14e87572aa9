import type { Sql } from '../db/connection.ts';
import { AppError, DatabaseUnavailableError } from '../errors.ts';

/** Between two tries. */
const RETRY_MS = 1_000;

/** Whether the database could not be reached at all, or is starting: then waiting helps. A wrong password is not that. */
export function isAway(error: unknown): boolean {
  const root = rootOf(error);
  return codeOf(root) === '57P03' || (isConnectionLost(root) && !isRefused(root));
}

/** Class 28 and 3D: the wrong role, password or database. */
function isRefused(error: unknown): boolean {
  return /^(28|3D)/.test(String(codeOf(error)));
}

function rootOf(error: unknown): unknown {
  const { cause } = error as { cause?: unknown };
  return cause === undefined || cause === null ? error : rootOf(cause);
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}

/**
 * What a person needs to know of a failure to connect, without the password; any other failure as it is.
 *
 * @param url DATABASE_URL, or where the embedded server listens
 */
export function explainConnection(error: unknown, url: string): unknown {
  if (error instanceof AppError) return error;
  const root = rootOf(error);
  if (isAway(error)) {
    return new DatabaseUnavailableError(`The database at ${hostOf(url)} does not answer (${codeOf(root)}).`, {
      help: 'Check the host and the port in DATABASE_URL, and that the server runs and lets this machine in.',
      cause: error,
    });
  }
  if (!isRefused(root)) return error;
  return new DatabaseUnavailableError(
    `The database at ${hostOf(url)} refused the connection: ${(root as Error).message}.`,
    {
      help: 'Check the user, the password and the name of the database in DATABASE_URL.',
      cause: error,
    },
  );
}

function hostOf(url: string): string {
  try {
    const { hostname, port } = new URL(url);
    return `${hostname || 'localhost'}:${port || 5432}`;
  } catch {
    return 'the hosts of DATABASE_URL';
  }
}

/** Tries each second until the database answers anything, or `stop`. */
export async function untilReachable(sql: Sql, stop: Promise<unknown>): Promise<void> {
  let stopped = false;
  void stop.then(() => {
    stopped = true;
  });
  while (!stopped) {
    try {
      await sql`SELECT 1`;
      return;
    } catch (error) {
      if (!isAway(error)) throw error;
    }
    await Promise.race([stop, new Promise((resolve) => setTimeout(resolve, RETRY_MS))]);
  }
}

/** The server ended the session (FATAL), or the socket or the postgres package did. */
function isConnectionLost(error: unknown): boolean {
  const { code, severity, severity_local } = error as Record<string, unknown>;
  if (severity === 'FATAL' || severity === 'PANIC' || severity_local === 'FATAL') return true;
  return /^(CONNECTION_.*|CONNECT_TIMEOUT|E(CONN.*|PIPE|TIMEDOUT|HOSTUNREACH|NOTFOUND|AI_AGAIN))$/.test(
    String(code),
  );
}
