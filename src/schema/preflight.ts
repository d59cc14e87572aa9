/** The guide's checklist, to be read before a database is migrated. */
import type { Sql, Tx } from '../db/connection.ts';
import { transaction } from '../db/transaction.ts';
import { attemptCheck } from './attempt-check.ts';
import { type Check, check } from './check.ts';
import { collisionsAmong, compareApplication } from './diff.ts';
import { compare, namesOf, readRecords, refuseStrangeHistory } from './history.ts';
import type { MigrationFile } from './migration-files.ts';
import { checkBackup } from './preflight/backup.ts';
import { checkMigratingRole } from './preflight/rights.ts';
import { checkServer, checkSessions } from './preflight/server.ts';
import { applicationSchema, isTable } from './schema-shape.ts';
import { checkServiceRole } from './service-rights.ts';
import { verifyIn } from './verify.ts';

/** A table that somebody has locked is a finding, nothing to wait for; the check of other sessions names them. */
const READING = { isolation: 'read committed', readOnly: true, lockMs: 1_000 } as const;

export interface PreflightOptions {
  /** The role that the service will run as; default: its rights are not checked. */
  serviceRole?: string | undefined;
  /** The file of a backup; default: none is known. */
  backup?: string | undefined;
  /** Milliseconds since 1970, for the age of the backup. */
  now: number;
  /** Aborted: the backup is not read to its end. Queries are cancelled by whoever made `sql`. */
  signal?: AbortSignal;
}

/** One check or several for each item. Changes nothing: all of it runs in one read-only transaction. */
export async function preflight(
  sql: Sql,
  files: readonly MigrationFile[],
  { serviceRole: role, backup, now, signal }: PreflightOptions,
): Promise<Check[]> {
  const checks = await transaction(sql, READING, async (tx) => {
    const schema = await applicationSchema(tx);
    const found: Check[] = [];
    const run = async (name: string, work: () => Promise<Check | Check[]>) => {
      found.push(...(await attemptCheck(tx, name, work)));
    };
    let migrated = false;
    await run('server', () => checkServer(tx));
    await run('migrations', async () => {
      const states = compare(files, await readRecords(tx));
      refuseStrangeHistory(states);
      const pending = namesOf(states, 'pending').length;
      migrated = pending === 0;
      return check('migrations', 'ok', `${pending} of ${states.length} are to be run.`);
    });
    await run('rights of the migrating role', () => checkMigratingRole(tx, schema, role));
    if (role !== undefined)
      await run('rights of the service role', () => checkServiceRole(tx, { schema, role, migrated }));
    await run('other sessions', () => checkSessions(tx));
    await run('existing objects', () => (migrated ? checkMigrated(tx, files) : checkExisting(tx, schema)));
    if (await isTable(tx, schema, 'Projects')) {
      await run('size of Projects', () => checkSize(tx, schema, migrated));
    } else {
      const detail = `There is no table "Projects" on the search path: an empty schema is made in "${schema}".`;
      const advice =
        "If that is not meant, set DATABASE_URL to the database of the application, or the role's search_path.";
      found.push(check('application', 'warning', detail, { advice }));
    }
    return found;
  });
  return [...checks, await checkBackup(sql, backup, { now, signal })];
}

/** What is there already and differs, with the statement that repairs it, and rows that the migration deletes. */
async function checkExisting(tx: Tx, schema: string): Promise<Check[]> {
  const name = 'existing objects';
  const faults = await compareApplication(tx, schema);
  const collisions = collisionsAmong(faults).map((fault): Check => {
    const outcome =
      fault.migrate === 'refuses'
        ? 'The migration refuses to begin.'
        : 'The migration leaves it, and verify will fail.';
    return check(fault.name, 'failed', `${fault.detail} ${outcome}`, fault);
  });
  const doubled = faults.filter(({ area, migrate }) => area === 'cache keys' && migrate === 'repairs');
  const deleted = doubled.map(({ detail }): Check => {
    const outcome =
      'The migration keeps of each the row with the highest Version and deletes the others: copy what is needed.';
    return check('cache keys', 'warning', `${detail} ${outcome}`);
  });
  // What no statement repairs is to be known before.
  const limits = faults.filter(({ status, sql }) => status === 'warning' && sql === undefined);
  const limited = limits.map(({ name, detail }) => check(name, 'warning', detail));
  const found = [...collisions, ...deleted, ...limited];
  return found.length > 0 ? found : [check(name, 'ok', 'None is in the way.')];
}

/** Where every migration is applied no step creates or repairs anything any more. */
async function checkMigrated(tx: Tx, files: readonly MigrationFile[]): Promise<Check[]> {
  const faults = (await verifyIn(tx, files)).filter(({ status }) => status === 'failed');
  if (faults.length > 0) return faults;
  return [check('existing objects', 'ok', 'They are as the migrations made them.')];
}

/** How much the migration reads, writes and indexes. */
async function checkSize(tx: Tx, schema: string, migrated: boolean): Promise<Check> {
  const [{ rows, bytes, filled }] = await tx<[{ rows: number; bytes: number; filled: number }]>`
    SELECT count(*) AS rows, (
        SELECT coalesce(sum(pg_table_size(coalesce(relid, projects)))::bigint, 0) FROM to_regclass(format('%I."Projects"', ${schema}::text)) AS projects
        LEFT JOIN LATERAL pg_partition_tree(projects) ON true) AS bytes,
      count(*) FILTER (
        WHERE num_nulls("Inverter125kw", "Inverter80kw", "Inverter60kw", "Inverter40kw") > 0) AS filled
    FROM ${tx(schema)}."Projects"`;
  const count = (number: number) => number.toLocaleString('en');
  const size = `${count(rows)} rows, ${count(Math.ceil(bytes / 2 ** 20))} MiB.`;
  const update = `Null inverter counts of ${count(filled)} become 0 by UPDATE, which fires the application's own triggers.`;
  return check('size of Projects', 'ok', filled > 0 && !migrated ? `${size} ${update}` : size);
}
