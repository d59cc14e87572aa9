/** Everything around the service that can be wrong, in one list, each fault with what to do about it. */
import packageJson from '../../package.json' with { type: 'json' };
import type { Config } from '../config.ts';
import { explainFailure } from '../db/explain-failure.ts';
import { AppError } from '../errors.ts';
import { readTitles } from '../runtime/node/titles-file.ts';
import { type Check, check } from '../schema/check.ts';
import type { Command } from './command.ts';
import { withDatabase } from './database.ts';
import { diagnose } from './diagnose.ts';
import { reportChecks } from './report-checks.ts';

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'Check settings, database, rights, schema and what the service did lately; changes nothing',
  examples: {
    '': 'whenever something seems wrong',
    '--json': 'the same for a script: exit code 1 where a check failed',
  },
  async run(context) {
    const { config, mistyped } = context;
    await readTitles(config.TITLES_FILE);
    const own = [
      check('program', 'ok', `dashboard-stats ${packageJson.version} on Node ${process.versions.node}.`),
      ...settings(config, mistyped),
    ];
    return withDatabase(context, async (db) => {
      try {
        return reportChecks(db, [...own, ...(await diagnose(db))]);
      } catch (error) {
        db.stop.throwIfAborted();
        const failure = explainFailure(error, db.address);
        if (!(failure instanceof AppError)) throw failure;
        const { message, help: advice } = failure;
        return reportChecks(db, [...own, check('database', 'failed', message, { advice })]);
      }
    });
  },
};

/** What is allowed, but hardly meant. Settings that cannot be read end the command before. */
function settings(config: Config, mistyped: readonly string[]): Check[] {
  const doubt = (detail: string, advice?: string) => check('settings', 'warning', detail, { advice });
  const { NODE_ENV, ADMIN_TOKEN, JWT_SECRET, JWKS_URL, JWT_ISSUER, JWT_AUDIENCE, READ_AUTH, CORS_ORIGINS } =
    config;
  const found = mistyped.map((sentence) => doubt(sentence));
  if (NODE_ENV === 'production' && !ADMIN_TOKEN && !JWT_SECRET && !JWKS_URL)
    found.push(
      doubt(
        'Nobody is an administrator: no statistics can be invalidated or recomputed by HTTP.',
        'Set ADMIN_TOKEN, JWT_SECRET or JWKS_URL.',
      ),
    );
  if (JWKS_URL && !(JWT_ISSUER && JWT_AUDIENCE))
    found.push(
      doubt(
        'Tokens that the provider of JWKS_URL signs for other applications are taken too.',
        'Set JWT_ISSUER and JWT_AUDIENCE.',
      ),
    );
  if (READ_AUTH === 'open' && CORS_ORIGINS.includes('*'))
    found.push(
      doubt(
        'Any web page may read the statistics in the browser of whoever reaches this service.',
        'Set CORS_ORIGINS to the pages that show them, or READ_AUTH=required.',
      ),
    );
  return found.length > 0 ? found : [check('settings', 'ok', 'None is in doubt.')];
}
