import type { Sql } from '../db/connection.ts';
import { audit } from '../engine/audit.ts';
import type { RefreshContext } from '../engine/refresh.ts';
import { oldestSnapshot } from '../engine/sql/oldest-snapshot.ts';
import { triggerState } from '../engine/sql/trigger-state.ts';
import type { Log } from '../log.ts';
import type { Observer } from './platform.ts';

/** Freshness is promised while no snapshot is older (guarantee G3). */
const LONG_SNAPSHOT_SECONDS = 600;

/**
 * Compares everything kept with what the tables hold, and repairs what differs.
 *
 * @returns what it found, in words
 */
export async function auditAndRepair(
  context: RefreshContext,
  log: Log,
  observer: Observer,
  refresh: () => Promise<unknown>,
): Promise<string> {
  await warnOfOldSnapshot(context.sql, log);
  const { wanted } = await triggerState(context.sql);
  if (!wanted)
    return 'Not compared: changes leave no marks here, so what is kept may be as old as its time to live.';
  // Marked projects are left out of the comparison: the fewer, the better.
  await refresh();
  const report = await audit(context);
  if (!report) throw new Error('Not compared: everything is about to be recomputed.');
  const { projects, documents, leftOut } = report;
  const omitted = leftOut === 0 ? '' : ` Not compared, since they were changing: ${leftOut} projects.`;
  observer.audited({ projects: projects.length, documents: documents.length });
  if (projects.length + documents.length === 0) return `Everything kept is exact.${omitted}`;
  for (const document of documents) log.warn(document, 'The audit found a document that is not exact.');
  if (projects.length > 0) log.warn({ projects }, 'The audit found projects that changed without a mark.');
  await refresh();
  return `${documents.length} documents and ${projects.length} projects differed; they are repaired.${omitted}`;
}

/** By a dump or a forgotten transaction: taken marks cannot be vacuumed under it, so that finding new ones takes ever longer. */
async function warnOfOldSnapshot(sql: Sql, log: Log): Promise<void> {
  const oldest = await oldestSnapshot(sql);
  if (!oldest || oldest.ageSeconds < LONG_SNAPSHOT_SECONDS) return;
  log.warn(
    { owner: oldest.owner, seconds: Math.round(oldest.ageSeconds) },
    'A transaction has been open for long: nothing deleted since can be vacuumed, and refreshes get slower. End it if it is a forgotten one.',
  );
}
