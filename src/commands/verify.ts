import { loadMigrations } from '../schema/migrator.ts';
import { verify } from '../schema/verify.ts';
import type { Command } from './command.ts';
import { withDatabase } from './database.ts';
import { reportChecks } from './report-checks.ts';

export const verifyCommand: Command = {
  name: 'verify',
  summary: 'Check whether the migrated database is as it must be, and print the SQL that repairs what is not',
  examples: { '': 'after a migration, or after somebody changed the schema' },
  run(context) {
    return withDatabase(context, async (db) => {
      const checks = await verify(db.sql, await loadMigrations());
      // A check that was cancelled is no finding.
      db.stop.throwIfAborted();
      return reportChecks(db, checks);
    });
  },
};
