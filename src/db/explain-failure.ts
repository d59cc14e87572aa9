/** What a failure of the database means to the person who runs this program, and what to do about it. */
import { type Address, shownServers } from '../address/address.ts';
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
    case 'full':
      return { what: `the disk of the server is full (${message})`, help: 'Make room there.' };
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
  '08P01':
    'Take options out of DATABASE_URL, or let the pooler pass it on (ignore_startup_parameters of PgBouncer).',
  TLS_NOT_OFFERED: 'Write sslmode=prefer in DATABASE_URL, or switch TLS on in the server.',
};
const CERTIFICATE =
  'Name the authority that signed the certificate of the server in DATABASE_URL: sslrootcert=FILE. With verify-full it must be made for this host.';
const OPTIONS = 'Correct options in DATABASE_URL.';
const OTHER = 'Correct DATABASE_URL: psql with it says the same.';
const UNREACHABLE =
  'Correct host and port in DATABASE_URL; see whether the server runs and lets this user and this machine in.';

/** The same failure with its host and what to do; any other error as it is. The password is never in it. */
export function explainFailure(error: unknown, to: Address): unknown {
  if (error instanceof AppError && !(error instanceof DatabaseUnavailableError)) return error;
  const root = rootCause(error);
  const refusal = serverRefusal(error);
  if (refusal)
    return new RefusedByServerError(`It failed: ${refusal.what}.`, { cause: error, help: refusal.help });
  const servers = shownServers(to);
  switch (failureKind(error)) {
    case 'unreachable': {
      // The server, or a pooler before it, is there and says why.
      const why =
        root.name === 'PostgresError'
          ? `${root.code}: ${root.message}`
          : root.code === 'NO_FITTING_SERVER'
            ? saidBy(root)
            : root.code;
      return new DatabaseUnavailableError(`The database at ${servers} does not answer (${why}).`, {
        cause: error,
        help: UNREACHABLE,
      });
    }
    case 'notAdmitted':
      return new DatabaseUnavailableError(
        `The database at ${servers} refused the connection: ${saidBy(root)}.`,
        { cause: error, help: helpWith(String(root.code)) },
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

/** The driver puts its code before its words. */
function saidBy({ message = '' }: { message?: string | undefined }): string {
  return message.replace(/^[A-Z]+_[A-Z_]+: /, '');
}

function helpWith(code: string): string {
  if (/CERT|VERIFY/.test(code)) return CERTIFICATE;
  return NOT_ADMITTED[code] ?? (/^(22|42)/.test(code) ? OPTIONS : OTHER);
}
