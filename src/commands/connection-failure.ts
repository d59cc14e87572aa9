import { isAway, isNotMigrated } from '../db/failures.ts';
import {
  AppError,
  DatabaseUnavailableError,
  MADE_ANEW,
  NotMigratedError,
  RefusedByServerError,
} from '../errors.ts';
import { serverRefusal } from '../schema/server-refusal.ts';

const HELP: Readonly<Record<string, string>> = {
  '28P01': 'Correct user and password in DATABASE_URL.',
  '28000': 'Correct the user in DATABASE_URL, or let it in from here (pg_hba.conf on the server).',
  '3D000': 'Correct the name of the database in DATABASE_URL, or create it.',
};

const AWAY =
  'Correct host and port in DATABASE_URL; see whether the server runs and lets this user and this machine in.';
const WITHOUT_TLS =
  'DATABASE_URL asks for TLS, which this server may not offer: switch it on there (ssl = on, with a certificate), or ' +
  'drop sslmode from DATABASE_URL where nobody can listen in between. Otherwise see whether the server runs.';

/** What to do where the database was not reached or did not let us in; any other error as it is. Without the password. */
export function explainConnection(error: unknown, url: string): unknown {
  if (error instanceof AppError && !(error instanceof DatabaseUnavailableError)) return error;
  const root = rootOf(error) as { code?: string; name?: string; message?: string };
  if (isAway(root)) {
    // A server without TLS answers the question for it, and the driver hangs up.
    const hungUp = root.code === 'ECONNRESET' && asksForTls(url);
    // The server, or a pooler before it, is there and says why.
    const why = root.name === 'PostgresError' ? `${root.code}: ${root.message}` : root.code;
    return new DatabaseUnavailableError(`The database at ${hostOf(url)} does not answer (${why}).`, {
      cause: error,
      help: hungUp ? WITHOUT_TLS : AWAY,
    });
  }
  const help = HELP[String(root.code)];
  if (help === undefined) return error;
  return new DatabaseUnavailableError(
    `The database at ${hostOf(url)} refused the connection: ${root.message}.`,
    { cause: error, help },
  );
}

/**
 * As explainConnection; also what to do where the server takes no writes, the role lacks a right, or something is gone
 * that the migrations made: a command that needs them has looked before.
 */
export function explainFailure(error: unknown, url: string): unknown {
  if (!(error instanceof AppError) && isNotMigrated(error)) {
    const { message } = error as Error;
    return new NotMigratedError(`Something is not there: ${message}.`, { cause: error, help: MADE_ANEW });
  }
  const refusal = serverRefusal(error);
  if (refusal === undefined) return explainConnection(error, url);
  return new RefusedByServerError(`It failed: ${refusal.what}.`, { cause: error, help: refusal.help });
}

function rootOf(error: unknown): unknown {
  const { cause } = error as { cause?: unknown };
  return cause === undefined || cause === null ? error : rootOf(cause);
}

function asksForTls(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { searchParams } = new URL(url);
  const mode = searchParams.get('sslmode') ?? searchParams.get('ssl');
  return mode !== null && !['disable', 'allow', 'prefer', 'false'].includes(mode);
}

function hostOf(url: string): string {
  // Of several hosts, which no URL has, there is no one to name.
  if (!URL.canParse(url)) return 'the hosts of DATABASE_URL';
  const { hostname, port } = new URL(url);
  return `${hostname || 'localhost'}:${port || 5432}`;
}
