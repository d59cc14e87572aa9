/** The database as the service finds it, and what the service has done in it. Only reads. */
import type { Address } from '../address/address.ts';
import type { Db, Tx } from '../db/connection.ts';
import { isPooled, POOLED } from '../db/pooler.ts';
import { transaction } from '../db/transaction.ts';
import { TimeZoneMismatchError } from '../errors.ts';
import { lastRuns } from '../jobs/sql/job-runs.ts';
import { attemptCheck } from '../schema/attempt-check.ts';
import { type Check, check } from '../schema/check.ts';
import { loadMigrations } from '../schema/migrator.ts';
import { checkServer } from '../schema/preflight/server.ts';
import { applicationSchema } from '../schema/schema-shape.ts';
import { checkServiceRole } from '../schema/service-rights.ts';
import { verifyIn } from '../schema/verify.ts';
import { readStatus } from '../service/status.ts';
import { isSameZone } from '../stats/time-zone.ts';
import type { DatabaseContext } from './database.ts';

const READING = { isolation: 'read committed', readOnly: true, lockMs: 1_000 } as const;
/** A refresh asks some seven times, one after the other. */
const SLOW_ANSWER_MS = 10;
/** Tokens are refused where clocks differ by a minute. */
const CLOCK_MS = 5_000;
const ANSWERS = 5;

/** @throws what the database threw where it does not answer */
export async function diagnose({ sql, address, config }: DatabaseContext): Promise<Check[]> {
  const reached = [...(await clockAndDistance(sql)), await pooler(address)];
  const files = await loadMigrations();
  const found = await transaction(sql, READING, async (tx) => {
    const attempt = (name: string, work: () => Promise<Check | Check[]>) => attemptCheck(tx, name, work);
    const schema = await attempt('schema', () => verifyIn(tx, files));
    const server = await attempt('server', () => checkServer(tx));
    // Nothing of ours is there to be asked.
    if (schema.some(({ name, status }) => name === 'migrations' && status === 'failed'))
      return [...server, ...schema];
    return [
      ...server,
      ...schema,
      // The embedded database is our own.
      ...(config.DATABASE_URL ? await attempt('rights of the service role', () => rights(tx)) : []),
      ...(await attempt('time zone', () => timeZone(tx, config.STATS_TIME_ZONE))),
      ...(await attempt('service', () => service(tx))),
      ...(await attempt('jobs', () => jobs(tx))),
    ];
  });
  return [...reached, ...found];
}

async function clockAndDistance(sql: Db): Promise<Check[]> {
  const answers: { ms: number; aheadMs: number }[] = [];
  for (let i = 0; i <= ANSWERS; i++) {
    const began = performance.now();
    const [{ now }] = await sql<[{ now: Date }]>`SELECT clock_timestamp() AS now`;
    const ms = performance.now() - began;
    answers.push({ ms, aheadMs: now.getTime() - (Date.now() - ms / 2) });
  }
  // The first one connects.
  const [fastest = answers[0]] = answers.slice(1).sort((a, b) => a.ms - b.ms);
  const { ms, aheadMs } = fastest as (typeof answers)[number];
  const detail = `It answers within ${ms.toFixed(1)} ms.`;
  const seconds = Math.round(Math.abs(aheadMs) / 1_000);
  const slow = `${detail} A refresh waits for some seven answers, so that changes show later.`;
  const apart = `The database is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} this machine. Figures are right; tokens and times in logs may not be.`;
  return [
    ms < SLOW_ANSWER_MS
      ? check('database', 'ok', detail)
      : check('database', 'warning', slow, { advice: 'Run the service nearer to the database.' }),
    Math.abs(aheadMs) < CLOCK_MS
      ? check('clock', 'ok', 'This machine and the database agree.')
      : check('clock', 'warning', apart, { advice: 'Synchronise both by NTP.' }),
  ];
}

async function pooler(address: Address): Promise<Check> {
  return (await isPooled(address))
    ? check('pooler', 'warning', POOLED, { advice: 'For answers at once, connect to the database itself.' })
    : check('pooler', 'ok', 'Nothing stands between: LISTEN works.');
}

async function rights(tx: Tx): Promise<Check[]> {
  const [{ role }] = await tx<[{ role: string }]>`SELECT current_user::text AS role`;
  return checkServiceRole(tx, { schema: await applicationSchema(tx), role, migrated: true });
}

async function timeZone(tx: Tx, configured: string): Promise<Check> {
  const [state] = await tx<{ kept: string | null }[]>`SELECT time_zone AS kept FROM dashboard_stats.state`;
  const kept = state?.kept ?? configured;
  if (!isSameZone(kept, configured)) throw new TimeZoneMismatchError(kept, configured);
  return check('time zone', 'ok', `Days are those of ${kept}.`);
}

async function service(tx: Tx): Promise<Check[]> {
  const { at, revision, marks, documents, nodes } = await readStatus(tx);
  const names = nodes.map(({ name }) => name).join(', ');
  const old = documents.filter(({ valid, expiresAt }) => !valid || expiresAt < at);
  const ofService = (status: Check['status'], detail: string, advice?: string) =>
    check('service', status, detail, { advice });
  return [
    nodes.length > 0
      ? ofService('ok', `Connected: ${names}.`)
      : ofService(
          'warning',
          `No node is connected. Changes that wait: ${marks}.`,
          'Start it: dashboard-stats serve',
        ),
    documents.length === 0
      ? ofService('warning', 'No statistics were computed yet.', 'The first node that starts does it.')
      : old.length > 0
        ? ofService(
            'warning',
            `${old.length} of ${documents.length} documents are invalid or expired.`,
            'The log of a node says why, if one runs.',
          )
        : ofService('ok', `${documents.length} documents at revision ${revision}.`),
  ];
}

async function jobs(tx: Tx): Promise<Check[]> {
  const failed = (await lastRuns(tx, 1)).filter(({ outcome }) => outcome === 'failed');
  if (failed.length === 0)
    return [check('jobs', 'ok', 'The last run of each has succeeded, or there was none.')];
  return failed.map(({ job, startedAt, detail }) =>
    check('jobs', 'warning', `The last run of ${job} failed at ${startedAt.toISOString()}: ${detail}`),
  );
}
