/** The guide's checklist, to be read before a database is migrated. */
import type { Sql, Tx } from '../db/connection.ts';
import { transaction } from '../db/transaction.ts';
import { applicationSchema } from './application-schema.ts';
import { attempt } from './attempt.ts';
import type { Check } from './check.ts';
import { FILLING_STEP } from './fill-inverters.ts';
import { compare, type MigrationStatus } from './history.ts';
import type { MigrationFile } from './migration-files.ts';
import { checkBackup } from './preflight/backup.ts';
import { checkFiredTriggers } from './preflight/fired-triggers.ts';
import { checkDuplicates, checkExisting, checkMigrated } from './preflight/objects.ts';
import { checkCompletion, checkSize, checkStatus, countNullInverters } from './preflight/projects.ts';
import { checkMigratingRole } from './preflight/rights.ts';
import { checkServer } from './preflight/server.ts';
import { checkServiceRole } from './preflight/service-role.ts';
import { checkSessions } from './preflight/sessions.ts';
import { readRecords } from './record.ts';

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

/** One check or several for each item. Changes nothing: all of it runs in one read-only transaction. */
export async function preflight(
  sql: Sql,
  files: readonly MigrationFile[],
  { serviceRole, backup, now, signal }: PreflightOptions,
): Promise<Check[]> {
  const checks = await transaction(sql, READING, async (tx) => {
    const schema = await applicationSchema(tx);
    let migrations: MigrationStatus[] = [];
    const found = [
      ...(await attempt(tx, 'server', () => checkServer(tx))),
      ...(await attempt(tx, 'migrations', async () => {
        migrations = compare(files, await readRecords(tx));
        return checkMigrations(migrations);
      })),
      ...(await attempt(tx, 'rights of the migrating role', () => checkMigratingRole(tx, schema))),
    ];
    const migrated = isMigrated(migrations);
    if (serviceRole !== undefined) {
      const check = () => checkServiceRole(tx, { schema, role: serviceRole, migrated });
      found.push(...(await attempt(tx, 'rights of the service role', check)));
    }
    found.push(
      ...(await attempt(tx, 'sessions', () => checkSessions(tx))),
      ...(await attempt(tx, 'existing objects', () =>
        migrated ? checkMigrated(tx, files) : checkExisting(tx, schema),
      )),
      ...(await attempt(tx, 'duplicates', () => checkDuplicates(tx, schema))),
      ...(await checkProjects(tx, schema, migrations)),
    );
    // The rights of the service's role are among the faults of a migrated database too.
    return found.filter((one, place) => found.findIndex((other) => isSame(one, other)) === place);
  });
  return [...checks, await checkBackup(sql, backup, { now, signal })];
}

function isMigrated(migrations: readonly MigrationStatus[]): boolean {
  return migrations.length > 0 && migrations.every(({ state }) => state !== 'pending');
}

function isSame(one: Check, other: Check): boolean {
  return one.name === other.name && one.detail === other.detail;
}

function checkMigrations(migrations: readonly MigrationStatus[]): Check {
  const name = 'migrations';
  const strange = migrations.filter(({ state }) => state === 'edited' || state === 'missing');
  if (strange.length > 0) {
    const detail = `Not those of this program: ${strange.map((one) => `${one.name} (${one.state})`).join(', ')}.`;
    return { name, status: 'failed', detail, advice: 'Run the version of this program that applied them.' };
  }
  const pending = migrations.filter(({ state }) => state === 'pending').length;
  return { name, status: 'ok', detail: `${pending} of ${migrations.length} are to be run.` };
}

async function checkProjects(
  tx: Tx,
  schema: string,
  migrations: readonly MigrationStatus[],
): Promise<Check[]> {
  const [table] = await tx<object[]>`SELECT FROM pg_class WHERE oid = to_regclass('"Projects"')`;
  if (!table) {
    return [
      {
        name: 'application',
        status: 'warning',
        detail: `There is no table "Projects" on the search path: an empty schema is made in "${schema}".`,
        advice:
          "If that is not meant, set DATABASE_URL to the database of the application, or the role's search_path.",
      },
    ];
  }
  return [
    ...(await attempt(tx, 'Status type', () => checkStatus(tx, schema))),
    ...(await attempt(tx, 'CompletionPercentage', () => checkCompletion(tx, schema))),
    ...(await attempt(tx, 'size of Projects', async () => {
      const names = ['triggers that fire', 'size of Projects'];
      const detail = 'No migration is pending: nothing is locked or written.';
      if (isMigrated(migrations)) return names.map((name) => ({ name, status: 'ok', detail }));
      const filled = migrations.some((one) => one.number === FILLING_STEP && one.state !== 'pending');
      const rewritten = filled ? 0 : await countNullInverters(tx, schema);
      return [await checkFiredTriggers(tx, schema, rewritten), await checkSize(tx, schema, rewritten)];
    })),
  ];
}
