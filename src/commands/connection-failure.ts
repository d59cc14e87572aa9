import { isAway } from '../db/failures.ts';
import { DatabaseUnavailableError } from '../errors.ts';

const HELP: Readonly<Record<string, string>> = {
  '28P01': 'Correct user and password in DATABASE_URL.',
  '28000': 'Correct the user in DATABASE_URL, or let it in from here (pg_hba.conf on the server).',
  '3D000': 'Correct the name of the database in DATABASE_URL, or create it.',
};

/** What to do where the database was not reached or did not let us in; any other error as it is. */
export function explainConnection(error: unknown, url: string): unknown {
  const { code, message } = error as { code?: string; message?: string };
  const help = HELP[String(code)];
  if (help === undefined && !isAway(error)) return error;
  const reason = message || code;
  return new DatabaseUnavailableError(`No connection to the database at ${new URL(url).host}: ${reason}.`, {
    cause: error,
    help:
      help ?? 'Correct host and port in DATABASE_URL; see whether the server runs and lets this machine in.',
  });
}
