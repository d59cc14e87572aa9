import type { Tx } from './connection.ts';

/** Where refreshes and invalidations are announced. A hint only: nodes compare revisions anyway (guarantee G5). */
export const CHANNEL = 'dashboard_stats';

/** PostgreSQL refuses payloads of 8,000 bytes; a longer list of keys is left out. */
const MAX_PAYLOAD_BYTES = 7_900;

/** The payload for `revision`, short enough for PostgreSQL. */
export function payloadOf(revision: number, keys: readonly string[]): string {
  const full = JSON.stringify({ revision, keys });
  return Buffer.byteLength(full) < MAX_PAYLOAD_BYTES ? full : JSON.stringify({ revision });
}

/** Announces `revision` when the transaction commits. */
export async function notify(tx: Tx, revision: number, keys: readonly string[]): Promise<void> {
  await tx`SELECT pg_notify(${CHANNEL}, ${payloadOf(revision, keys)})`;
}
