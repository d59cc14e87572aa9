/** What the person who migrates reads when PostgreSQL refused. */
import postgres from 'postgres';
import { serverRefusal } from '../db/explain-failure.ts';
import { failureKind } from '../db/failures.ts';
import { MigrationError } from '../errors.ts';

const MIGRATING_ROLE =
  'The role that migrates must own the application\'s tables "Projects" and "Users" or be a member of the role ' +
  'that does, and may create schemas in the database (GRANT CREATE ON DATABASE) and tables in the schema of ' +
  '"Projects" (GRANT CREATE ON SCHEMA). Nothing of this step was kept.';

/** Before the first step it may be the service that looks what has been applied. */
const SERVICE_ROLE =
  'The role that the service runs as needs the grants of docs/rights.md; `doctor` prints those that are missing.';

/** The SQLSTATE, or undefined where the error did not come from the server. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof postgres.PostgresError ? error.code : undefined;
}

/**
 * Wraps what the server said; a MigrationError, or an error of the connection before anything ran, is returned as it is.
 *
 * @param step the migration that failed; default: what comes before the first one
 */
export function migrationFailure(error: unknown, step?: { name: string; sql: string }): unknown {
  if (error instanceof MigrationError) return error;
  const doing = step ? `Migration ${step.name}` : 'Reading or creating the table of migrations';
  const refusal = serverRefusal(error);
  if (refusal) {
    const needed = step ? MIGRATING_ROLE : `${SERVICE_ROLE} ${MIGRATING_ROLE}`;
    const help = failureKind(error) === 'forbidden' ? needed : refusal.help;
    return new MigrationError(`${doing} failed: ${refusal.what}.`, { cause: error, help });
  }
  if (!step) return error;
  // The server gives the place of an error as a count of characters; people need a line.
  const { message, position } = error as Error & { position?: string };
  const line = position ? ` in line ${step.sql.slice(0, Number(position) - 1).split('\n').length}` : '';
  return new MigrationError(`${doing} failed${line}: ${message}`, {
    cause: error,
    help: 'Nothing of this file was kept; the files before it were. Repair the cause and run migrate again: it goes on here.',
  });
}

/** What fails before the first step, as migrationFailure() has it. */
export function explained<T>(work: Promise<T>): Promise<T> {
  return work.catch((error) => {
    throw migrationFailure(error);
  });
}
