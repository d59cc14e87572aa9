/** What a failure of the database means to the person who runs this program, and what to do about it. */
import {
  AppError,
  DatabaseUnavailableError,
  NotMigratedError,
  RefusedByServerError,
  RUN_VERIFY,
} from '../errors.ts';
import { failureKind, rootCause } from './failures.ts';

interface Refusal {
  /** A clause: `the server accepts no writes (...)`. */
  what: string;
  help: string;
}

/** Where the server refuses a statement whatever it holds: it takes no writes, or the role lacks a right. */
export function serverRefusal(error: unknown): Refusal | undefined {
  const { message } = rootCause(error);
  switch (failureKind(error)) {
    case 'readOnly':
      return {
        what: `the server accepts no writes (${message})`,
        help:
          'It is a standby, or default_transaction_read_only is on for this role or database. ' +
          'Set DATABASE_URL to the primary server, and a role that may write.',
      };
    case 'forbidden':
      return {
        what: `the role lacks a right (${message})`,
        help: 'Use the role that migrates in DATABASE_URL, or give this one what it needs: docs/rights.md.',
      };
    default:
      return undefined;
  }
}

/** By SQLSTATE; each concerns DATABASE_URL. */
const NOT_ADMITTED: Readonly<Record<string, string>> = {
  '28P01': 'Correct user and password in DATABASE_URL.',
  '28000': 'Correct the user in DATABASE_URL, or let it in from here (pg_hba.conf on the server).',
  '3D000': 'Correct the name of the database in DATABASE_URL, or create it.',
  // Ends a session only where it begins.
  '42704':
    'Correct what follows the ? in DATABASE_URL: the server takes it for a setting, and has none of that name.',
};
const UNREACHABLE =
  'Correct host and port in DATABASE_URL; see whether the server runs and lets this user and this machine in. One that ' +
  'does not offer TLS hangs up on sslmode.';

/** The same failure with its host and what to do; any other error as it is. The password is never in it. */
export function explainFailure(error: unknown, url: string): unknown {
  if (error instanceof AppError && !(error instanceof DatabaseUnavailableError)) return error;
  const root = rootCause(error);
  const refusal = serverRefusal(error);
  if (refusal)
    return new RefusedByServerError(`It failed: ${refusal.what}.`, { cause: error, help: refusal.help });
  const unknownSetting = root.code === '42704' && root.severity === 'FATAL';
  switch (unknownSetting ? 'notAdmitted' : failureKind(error)) {
    case 'unreachable': {
      // The server, or a pooler before it, is there and says why.
      const why = root.name === 'PostgresError' ? `${root.code}: ${root.message}` : root.code;
      return new DatabaseUnavailableError(`The database at ${hostOf(url)} does not answer (${why}).`, {
        cause: error,
        help: UNREACHABLE,
      });
    }
    case 'notAdmitted':
      return new DatabaseUnavailableError(
        `The database at ${hostOf(url)} refused the connection: ${root.message}.`,
        { cause: error, help: NOT_ADMITTED[String(root.code)] ?? UNREACHABLE },
      );
    case 'missing':
      return new NotMigratedError(`Something is not there: ${root.message}.`, {
        cause: error,
        help: RUN_VERIFY,
      });
    default:
      return error;
  }
}

function hostOf(url: string): string {
  // Of several hosts, which no URL has, there is no one to name.
  if (!URL.canParse(url)) return 'the hosts of DATABASE_URL';
  const { hostname, port } = new URL(url);
  return `${hostname || 'localhost'}:${port || 5432}`;
}
