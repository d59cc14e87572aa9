/** What a database has had, beside what this program has: which migrations are pending, and which do not fit. */
import { MigrationError } from '../errors.ts';
import type { MigrationFile } from './migration-files.ts';
import type { RecordedMigration } from './record.ts';

export interface MigrationStatus {
  number: number;
  name: string;
  /**
   * skipped: left out on purpose (`--no-triggers`). edited: the file is not the one that was applied. missing: applied,
   * but this program has no such file.
   */
  state: 'applied' | 'pending' | 'skipped' | 'edited' | 'missing';
  /** When it was applied or skipped; absent while pending. */
  appliedAt?: Date;
}

/** The state of every migration that is known to the program or to the database, in order. */
export function compare(
  files: readonly MigrationFile[],
  records: readonly RecordedMigration[],
): MigrationStatus[] {
  const known = files.map((file): MigrationStatus => {
    const { number, name } = file;
    const record = records.find((one) => one.number === number);
    if (!record) return { number, name, state: 'pending' };
    const edited = record.checksum !== file.checksum;
    // A file that was not run may change until it is.
    const state = record.skipped ? 'skipped' : edited ? 'edited' : 'applied';
    return { number, name, state, appliedAt: record.applied_at };
  });
  const missing = records
    .filter((record) => !files.some((file) => file.number === record.number))
    .map(({ number, name, applied_at }): MigrationStatus => {
      return { number, name, state: 'missing', appliedAt: applied_at };
    });
  return [...known, ...missing].sort((a, b) => a.number - b.number);
}

/** @throws MigrationError when an applied file was edited, or the database knows a migration that the program does not. */
export function refuseStrangeHistory(migrations: readonly MigrationStatus[]): void {
  const edited = namesOf(migrations, 'edited');
  if (edited.length > 0) {
    throw new MigrationError(`Edited after it was applied to this database: ${edited.join(', ')}.`, {
      help: 'Install this version of the package again, or `git checkout` the file, and put the change into a new migration.',
    });
  }
  const missing = namesOf(migrations, 'missing');
  if (missing.length === 0) return;
  throw new MigrationError(
    `The database has migrations that this program does not know: ${missing.join(', ')}.`,
    {
      help: 'The database was migrated by a newer version. Run that version, or restore a backup from before it.',
    },
  );
}

export function namesOf(
  migrations: readonly MigrationStatus[],
  ...states: readonly MigrationStatus['state'][]
): string[] {
  return migrations.filter(({ state }) => states.includes(state)).map(({ name }) => name);
}
