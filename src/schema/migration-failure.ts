/** What the person who migrates reads when PostgreSQL refused. */
import postgres from 'postgres';
import { serverRefusal } from '../db/explain-failure.ts';
import { failureKind } from '../db/failures.ts';
import { MigrationError } from '../errors.ts';
import type { MigrationFile } from './migration-files.ts';

const MIGRATING_ROLE =
  'The role that migrates must own the application\'s tables "Projects" and "Users" or be a member of the role ' +
  'that does, and may create schemas in the database (GRANT CREATE ON DATABASE) and tables in the schema of ' +
  '"Projects" (GRANT CREATE ON SCHEMA). Nothing of this step was kept.';

/** The SQLSTATE of a statement that waited for a lock as long as lock_timeout lets it. */
export const LOCK_NOT_AVAILABLE = '55P03';

/** The SQLSTATE, or undefined where the error did not come from the server. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof postgres.PostgresError ? error.code : undefined;
}

/** Wraps what the server said; a MigrationError, or an error of the connection before anything ran, is returned as it is. */
export function migrationFailure(error: unknown, file?: MigrationFile): unknown {
  if (error instanceof MigrationError) return error;
  const doing = file ? `Migration ${file.name}` : 'Reading or creating the table of migrations';
  const message = error instanceof Error ? error.message : String(error);

  const refusal = serverRefusal(error);
  if (refusal) {
    return new MigrationError(`${doing} failed: ${refusal.what}.`, {
      cause: error,
      help: failureKind(error) === 'forbidden' ? MIGRATING_ROLE : refusal.help,
    });
  }
  if (!file) return error;
  return new MigrationError(`${doing} failed${place(error, file)}: ${message}`, {
    cause: error,
    help: 'Nothing of this file was kept; the files before it were. Repair the cause and run migrate again: it goes on here.',
  });
}

/** The server gives the place of an error as a count of characters; people need a line. */
function place(error: unknown, file: MigrationFile): string {
  if (!(error instanceof postgres.PostgresError) || error.position === undefined) return '';
  const line = file.sql.slice(0, Number(error.position) - 1).split('\n').length;
  return ` in line ${line}`;
}
