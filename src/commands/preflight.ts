import { loadMigrations } from '../schema/migrator.ts';
import { preflight } from '../schema/preflight.ts';
import type { Command } from './command.ts';
import { withDatabase } from './database.ts';
import { reportChecks } from './report-checks.ts';

export const preflightCommand: Command = {
  name: 'preflight',
  summary: 'Check whether the database can be migrated; changes nothing; exit code 1 when something failed',
  examples: {
    '': 'before the first migrate',
    '--service-role solar_stats': 'also whether that role has the rights that serve needs',
    '--backup before.dump': 'also whether that backup is whole and new',
  },
  options: {
    'service-role': { type: 'string', argument: 'ROLE', help: 'check the rights of this role too' },
    backup: {
      type: 'string',
      argument: 'FILE',
      help: 'a backup that is to be whole, of this database, and younger than an hour',
    },
  },
  run(context, { options }) {
    const { 'service-role': serviceRole, backup } = options as Record<string, string | undefined>;
    return withDatabase(context, async (db) => {
      const wanted = { serviceRole, backup, now: Date.now(), signal: db.stop };
      return reportChecks(db, await preflight(db.sql, await loadMigrations(), wanted));
    });
  },
};
