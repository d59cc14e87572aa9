import { loadMigrations } from '../schema/migrator.ts';
import { verify } from '../schema/verify.ts';
import type { Command } from './command.ts';
import { naming, withDatabase } from './database.ts';
import { reportChecks } from './report-checks.ts';

export const verifyCommand: Command = {
  name: 'verify',
  usage: '',
  summary: 'Check whether the migrated database is as it must be, and print the SQL that repairs what is not',
  options: {},
  run(context) {
    return withDatabase(context, async (db, signal) => {
      const named = naming(context, db);
      const checks = await verify(db.sql, await loadMigrations());
      // A check that was cancelled is no finding.
      signal.throwIfAborted();
      return reportChecks(named, checks);
    });
  },
};
