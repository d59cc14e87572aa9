/** What to do where the server refuses a statement whatever it holds: it may not write, or this role may not do it. */
import postgres from 'postgres';

const READ_ONLY_TRANSACTION = '25006';
export const INSUFFICIENT_PRIVILEGE = '42501';

interface ServerRefusal {
  /** A clause: `the server accepts no writes (...)`. */
  what: string;
  help: string;
}

/** undefined for any other error. */
export function serverRefusal(error: unknown): ServerRefusal | undefined {
  if (!(error instanceof postgres.PostgresError)) return undefined;
  if (error.code === READ_ONLY_TRANSACTION) {
    return {
      what: `the server accepts no writes (${error.message})`,
      help:
        'It is a standby, or default_transaction_read_only is on for this role or database. ' +
        'Set DATABASE_URL to the primary server, and a role that may write.',
    };
  }
  if (error.code === INSUFFICIENT_PRIVILEGE) {
    return {
      what: `the role lacks a right (${error.message})`,
      help: 'Use the role that migrates in DATABASE_URL, or give this one what it needs: docs/rights.md.',
    };
  }
  return undefined;
}
