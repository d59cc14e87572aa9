import type { Tx } from './connection.ts';

/** Where refreshes and invalidations are announced. A hint only: nodes compare revisions anyway (guarantee G5). */
export const CHANNEL = 'dashboard_stats';

/** PostgreSQL refuses payloads of 8,000 bytes; from here on it only says "look". */
const MAX_PAYLOAD_BYTES = 7_900;

/** Announces `revision` when the transaction commits. */
export async function notify(tx: Tx, revision: number, keys: readonly string[]): Promise<void> {
  const full = JSON.stringify({ revision, keys });
  const payload = Buffer.byteLength(full) < MAX_PAYLOAD_BYTES ? full : JSON.stringify({ revision });
  await tx`SELECT pg_notify(${CHANNEL}, ${payload})`;
}
