/** The guide's checklist, to be read before a database is migrated. */
import type { Sql, Tx } from '../db/connection.ts';
import { failureKind } from '../db/failures.ts';
import { transaction } from '../db/transaction.ts';
import type { Check } from './check.ts';
import { compare, type MigrationStatus, namesOf, readRecords } from './history.ts';
import { errorCode } from './migration-failure.ts';
import type { MigrationFile } from './migration-files.ts';
import { checkBackup } from './preflight/backup.ts';
import { checkDuplicates, checkExisting, checkMigrated } from './preflight/objects.ts';
import { checkCompletion, checkSize, checkStatus } from './preflight/projects.ts';
import { checkMigratingRole } from './preflight/rights.ts';
import { checkServer } from './preflight/server.ts';
import { checkServiceRole } from './preflight/service-role.ts';
import { checkSessions } from './preflight/sessions.ts';
import { applicationSchema } from './schema-shape.ts';
import { describeLockHolders } from './sessions.ts';

/** A table that somebody has locked is a finding, nothing to wait for. */
const READING = { isolation: 'read committed', readOnly: true, lockMs: 1_000 } as const;

export interface PreflightOptions {
  /** The role that the service will run as; default: its rights are not checked. */
  serviceRole?: string;
  /** The file of a backup; default: none is known. */
  backup?: string;
  /** Milliseconds since 1970, for the age of the backup. */
  now: number;
  /** Aborted: the backup is not read to its end. Queries are cancelled by whoever made `sql`. */
  signal?: AbortSignal;
}

type Attempt = [name: string, check: () => Promise<Check | Check[]>];

/** One check or several for each item. Changes nothing: all of it runs in one read-only transaction. */
export async function preflight(
  sql: Sql,
  files: readonly MigrationFile[],
  { serviceRole: role, backup, now, signal }: PreflightOptions,
): Promise<Check[]> {
  const checks = await transaction(sql, READING, async (tx) => {
    const schema = await applicationSchema(tx);
    const found: Check[] = [];
    const run = async (...attempts: Attempt[]) => {
      for (const one of attempts) found.push(...(await attempt(tx, ...one)));
    };
    let migrated = false;
    await run(
      ['server', () => checkServer(tx)],
      [
        'migrations',
        async () => {
          const migrations = compare(files, await readRecords(tx));
          migrated = migrations.every(({ state }) => state !== 'pending');
          return checkMigrations(migrations);
        },
      ],
      ['rights of the migrating role', () => checkMigratingRole(tx, schema)],
    );
    if (role !== undefined) {
      await run(['rights of the service role', () => checkServiceRole(tx, { schema, role, migrated })]);
    }
    await run(
      ['other sessions', () => checkSessions(tx)],
      ['existing objects', () => (migrated ? checkMigrated(tx, files) : checkExisting(tx, schema))],
      ['duplicate cache keys', () => checkDuplicates(tx, schema)],
      ...(await projectChecks(tx, schema, migrated)),
    );
    return found;
  });
  return [...checks, await checkBackup(sql, backup, { now, signal })];
}

/**
 * Checks in a savepoint: where the server refuses (a missing right, a table of another shape), that becomes a check of
 * its own, and those after it go on. Errors of the connection pass through.
 */
async function attempt(tx: Tx, name: string, check: Attempt[1]): Promise<Check[]> {
  await tx`SAVEPOINT one_check`;
  try {
    return [await check()].flat();
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    await tx`ROLLBACK TO SAVEPOINT one_check`;
    const detail = `It could not be checked: ${(error as Error).message}.`;
    if (failureKind(error) !== 'locked') return [{ name, status: 'failed', detail }];
    const holders = await describeLockHolders(tx);
    const advice = 'Wait for that transaction to end, or end it: SELECT pg_terminate_backend(PID);';
    return [{ name, status: 'failed', detail: [detail, ...holders].join('\n'), advice }];
  } finally {
    await tx`RELEASE SAVEPOINT one_check`;
  }
}

function checkMigrations(migrations: readonly MigrationStatus[]): Check {
  const name = 'migrations';
  const strange = namesOf(migrations, 'edited', 'missing');
  if (strange.length > 0) {
    const detail = `Not those of this program: ${strange.join(', ')}.`;
    return { name, status: 'failed', detail, advice: 'Run the version of this program that applied them.' };
  }
  const pending = namesOf(migrations, 'pending').length;
  return { name, status: 'ok', detail: `${pending} of ${migrations.length} are to be run.` };
}

async function projectChecks(tx: Tx, schema: string, migrated: boolean): Promise<Attempt[]> {
  const [table] = await tx<object[]>`SELECT FROM pg_class WHERE oid = to_regclass('"Projects"')`;
  if (table) {
    return [
      ['Status type', () => checkStatus(tx, schema)],
      ['CompletionPercentage', () => checkCompletion(tx, schema)],
      ['size of Projects', () => checkSize(tx, schema, migrated)],
    ];
  }
  const name = 'application';
  const detail = `There is no table "Projects" on the search path: an empty schema is made in "${schema}".`;
  const advice =
    "If that is not meant, set DATABASE_URL to the database of the application, or the role's search_path.";
  return [[name, async () => ({ name, status: 'warning', detail, advice })]];
}
