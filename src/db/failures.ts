/** What PostgreSQL, the driver or the socket said, as one of a few kinds: the only place that reads their codes. */
import {
  AppError,
  DatabaseIncompleteError,
  DatabaseUnavailableError,
  NotMigratedError,
  RefreshTimeoutError,
} from '../errors.ts';
import { withTimeout } from '../timing/with-timeout.ts';

/** SQLSTATEs, whole or by their first two characters (the class), and the codes of the driver and of sockets. */
const CODES = {
  /** The server was not reached, dropped the session, or is starting or stopping. Waiting helps. */
  unreachable:
    '08 53300 57P01 57P02 57P03 CONNECT_TIMEOUT CONNECTION_CLOSED CONNECTION_DESTROYED CONNECTION_ENDED QUERY_TIMEOUT ' +
    'EAI_AGAIN ECONNABORTED ECONNREFUSED ECONNRESET EHOSTUNREACH ENETUNREACH ENOTFOUND EPIPE ETIMEDOUT NO_FITTING_SERVER',
  /** A wrong role, password or database, or no TLS. Waiting does not help, as with the kinds that follow. */
  notAdmitted: '28 3D TLS_NOT_OFFERED SASL_SIGNATURE_MISMATCH',
  /** A table, a column or a schema is not there. */
  missing: '42P01 42703 3F000',
  /** A statement does not fit the tables as they are, or a file of theirs is damaged. */
  unfit: '42 XX001 XX002',
  /** The role lacks a right. */
  forbidden: '42501',
  /** A standby, or default_transaction_read_only. */
  readOnly: '25006',
  /** The disk of the server. */
  full: '53100',
  /** A value, a constraint, a check option, a limit or a trigger of the table refuses a row. */
  badRow: '22 23 44 54 P0',
  /** A statement took longer than statement_timeout, or somebody cancelled it. */
  timeout: '57014',
  /** A lock was not free within lock_timeout. */
  locked: '55P03',
  /** Another transaction was faster (a serialization failure or a deadlock). From its start it may work. */
  conflict: '40001 40P01',
  /** What this connection prepared is missing in the session that it has now: a pooler stands in between. */
  sessionChanged: '26000',
} as const;

export type FailureKind = keyof typeof CODES;

const KINDS = new Map(
  Object.entries(CODES).flatMap(([kind, codes]) =>
    codes.split(' ').map((code) => [code, kind as FailureKind] as const),
  ),
);

/** The kind of a failure, or of its root cause where it has one; undefined: the database is not the reason. */
export function failureKind(error: unknown): FailureKind | undefined {
  const root = rootCause(error);
  const { severity, syscall } = root;
  const code = String(root.code);
  if (severity === 'FATAL' || severity === 'PANIC') return kindOfEnd(code, String(root.message));
  // TLS: the certificate, the list of those that were withdrawn, or the handshake.
  if (/CERT|CRL|^UNABLE_TO_|^EPROTO|^ERR_(SSL|TLS|OSSL)/.test(code)) return 'notAdmitted';
  if (syscall === 'connect' && /^(EACCES|EPERM)$/.test(code)) return 'notAdmitted';
  if (syscall === 'connect' || syscall === 'getaddrinfo') return 'unreachable';
  const kind = KINDS.get(code) ?? KINDS.get(code.slice(0, 2));
  if (kind !== undefined) return kind;
  return root instanceof NotMigratedError ? 'missing' : undefined;
}

/** Of a session that was ended while nothing was asked in it: by idle_session_timeout, or by an administrator. */
export function wasEndedIdle(error: unknown): boolean {
  return ['57P05', '57P01'].includes(String(rootCause(error).code));
}

/** Why the server ends a session, or begins none. What it says of a role, a database, a name or a value, it will say again. */
function kindOfEnd(code: string, message: string): FailureKind {
  if (code === '42501') return 'forbidden';
  // A pooler has one code for everything.
  return /^(22|28|3D|42)/.test(code) || /unsupported startup parameter/.test(message)
    ? 'notAdmitted'
    : 'unreachable';
}

export function isUnreachable(error: unknown): boolean {
  return failureKind(error) === 'unreachable';
}

/** What a refusal of all writes is called. */
export type WriteRefusal = 'readOnly' | 'full';

/** Why the server takes no writes at all, where that is what failed. */
export function writeRefusal(error: unknown): WriteRefusal | undefined {
  const kind = failureKind(error);
  return kind === 'readOnly' || kind === 'full' ? kind : undefined;
}

/** The database is away, or takes no writes: the node logs that once, and whoever else meets it does not. */
export function isOutage(error: unknown): boolean {
  return isUnreachable(error) || writeRefusal(error) !== undefined;
}

/** Others held what was needed, or were faster: nothing is wrong. */
export function isBusy(error: unknown): boolean {
  return ['locked', 'conflict'].includes(String(failureKind(error)));
}

export function rootCause(error: unknown): RootCause {
  const { cause } = Object(error) as { cause?: unknown };
  return cause ? rootCause(cause) : Object(error);
}

interface RootCause {
  name?: string;
  message?: string;
  code?: unknown;
  severity?: string;
  /** Of the operating system. */
  syscall?: string;
}

/** What a failure of the database means to a client who waits for it; any other error as it is. */
export function databaseFailure(error: unknown): unknown {
  if (error instanceof AppError && !(error instanceof NotMigratedError)) return error;
  const again = { cause: error, help: AGAIN };
  const inLog = { cause: error, help: LOG_SAYS };
  switch (failureKind(error)) {
    case 'unreachable':
      return new DatabaseUnavailableError('The database does not answer.', again);
    case 'notAdmitted':
      return new DatabaseUnavailableError('The database does not let this service in.', inLog);
    case 'readOnly':
    case 'full':
      return new DatabaseUnavailableError('The database takes no writes now.', again);
    case 'timeout':
    case 'locked':
    case 'conflict':
      return new RefreshTimeoutError('The database did not finish in time.', again);
    case 'missing':
    case 'unfit':
    case 'forbidden':
      return new DatabaseIncompleteError(
        'The database cannot answer this with its tables, rights and files as they are.',
        inLog,
      );
    default:
      return error;
  }
}

/**
 * @param withinMs whoever asks waits no longer, however silent the database is; default: as long as `work` takes
 * @throws DatabaseUnavailableError or RefreshTimeoutError where the database is the cause; anything else as it is
 */
export async function askDatabase<T>(work: () => Promise<T>, withinMs?: number): Promise<T> {
  try {
    return await (withinMs === undefined ? work() : withTimeout(withinMs, work(), tooLate));
  } catch (error) {
    throw databaseFailure(error);
  }
}

const LOG_SAYS = 'The log of the service has the cause.';
const AGAIN = 'Try again in a few seconds.';
const tooLate = () => new DatabaseUnavailableError('The database does not answer in time.', { help: AGAIN });
