import { z } from '@hono/zod-openapi';
import { REVISION_WARNING } from '../engine/revision.ts';
import type { StatsService } from '../service/service.ts';
import { withTimeout } from '../timing/with-timeout.ts';

const check = z.object({ status: z.enum(['ok', 'warning', 'failed']), detail: z.string() });
type Check = z.infer<typeof check>;

/** `degraded`: it answers, but an operator should check it. `unavailable`: it cannot answer. */
export const readinessSchema = z
  .object({
    status: z.enum(['ready', 'degraded', 'unavailable']),
    checks: z.object({ statistics: check, database: check, triggers: check, revision: check }),
  })
  .openapi('Readiness');
export type Readiness = z.infer<typeof readinessSchema>;

/** What the service knows of itself. */
export type ReadinessFacts = Pick<
  StatsService,
  | 'catchUp'
  | 'memory'
  | 'state'
  | 'isStarting'
  | 'timeZoneMismatch'
  | 'databaseAway'
  | 'schemaMissing'
  | 'isBehind'
  | 'triggerState'
>;

const TRIGGER_CHECK_TIMEOUT_MS = 1_000;

const ok = (detail: string): Check => ({ status: 'ok', detail });
const failed = (detail: string): Check => ({ status: 'failed', detail });
const warning = (detail: string): Check => ({ status: 'warning', detail });

/**
 * Whether this node can answer, and what an operator should know.
 *
 * @param triggerState is not called while the database is away
 */
export async function readiness(
  service: ReadinessFacts,
  triggerState = service.triggerState,
): Promise<Readiness> {
  await service.catchUp();
  const { snapshot } = service.memory;
  const away = service.databaseAway;
  const checks = {
    statistics: statistics(service),
    database: database(service),
    triggers: away ? warning('Not known while the database is away.') : await triggers(service, triggerState),
    revision: revision(snapshot?.position.revision ?? 0),
  };
  const statuses = Object.values(checks).map((check) => check.status);
  const degraded = checks.database.status !== 'ok' || service.state.marksLost;
  const status = statuses.includes('failed') ? 'unavailable' : degraded ? 'degraded' : 'ready';
  return { status, checks };
}

function statistics(service: ReadinessFacts): Check {
  const { snapshot } = service.memory;
  const { timeZoneMismatch } = service;
  if (timeZoneMismatch) return failed(`${timeZoneMismatch.message} ${timeZoneMismatch.help}`);
  if (!snapshot?.entries.size) return failed('No statistics are in memory yet.');
  if (service.isStarting) return failed('Starting: what changed meanwhile is being computed.');
  return ok(`${snapshot.entries.size} documents at revision ${snapshot.position.revision}.`);
}

const REFUSALS: Readonly<Record<NonNullable<ReadinessFacts['state']['refusal']>, string>> = {
  readOnly: 'The database takes no writes (it is a standby, or default_transaction_read_only is on)',
  full: 'The disk of the database is full',
};

function database(service: ReadinessFacts): Check {
  if (service.schemaMissing)
    return warning(
      'The database is not migrated any more; statistics are served from memory and grow older. Run: dashboard-stats migrate',
    );
  if (service.databaseAway)
    return warning(
      service.memory.snapshot
        ? 'The database does not answer; statistics are served from memory and grow older.'
        : 'The database does not answer yet, or is being prepared, and nothing is in memory.',
    );
  const { refusal } = service.state;
  if (refusal)
    return warning(
      `${REFUSALS[refusal]}: statistics are served from memory, labelled stale where changes are missing.`,
    );
  if (service.isBehind)
    return warning(
      'This node is not caught up: changes of the last seconds are missing. If this stays, the log of a node says why.',
    );
  return ok('The database answers.');
}

async function triggers(
  service: ReadinessFacts,
  triggerState: ReadinessFacts['triggerState'],
): Promise<Check> {
  try {
    const { wanted, missing } = await withTimeout(
      TRIGGER_CHECK_TIMEOUT_MS,
      triggerState(),
      () => new Error('timeout'),
    );
    if (!wanted)
      return warning(
        'Left out on purpose (migrate --no-triggers): changes show after expiry, cron and POST /events only.',
      );
    if (missing.length > 0)
      return warning(
        `Missing, disabled or not ENABLE ALWAYS: ${missing.join(', ')}. Changes there leave no mark, and answers are labelled stale. Run: dashboard-stats migrate`,
      );
    if (service.state.marksLost) return warning('They are back; all statistics are being recomputed.');
    return ok('Every change leaves a mark.');
  } catch {
    return warning('The triggers could not be checked.');
  }
}

function revision(current: number): Check {
  return current < REVISION_WARNING
    ? ok(`${current} of 2147483647 are used.`)
    : warning(`${current} of 2147483647 are used. Plan a stop of all nodes to start again from 0.`);
}
