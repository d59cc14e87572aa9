/** The database that goes back to a dump, and the two names that this needs beside it. */
import { connect, type Sql } from '../../db/connection.ts';
import { BackupError } from '../../errors.ts';
import { othersConnected } from '../sessions.ts';
import type { ToolPlaces } from './postgres-tools.ts';

/** Bytes of a name in PostgreSQL; what is longer is cut off. */
const LONGEST_NAME = 63;

export interface RollbackOptions extends ToolPlaces {
  /** URL of the database that goes back. */
  url: string;
  file: string;
  /** Takes a dump of another database or without FILE.json, ends the sessions of others, and goes on when a check fails. */
  force: boolean;
  /** Aborted: the restore is stopped, and everything is as before. */
  signal: AbortSignal;
}

/** Works on the server, connected to no database that is renamed. */
export async function withServer<T>(
  { url }: RollbackOptions,
  work: (admin: Sql, database: string) => Promise<T>,
): Promise<T> {
  const database = connect(url).options.database ?? '';
  const admin = connect(url, { database: database === 'postgres' ? 'template1' : 'postgres', max: 2 });
  try {
    return await work(admin, database);
  } finally {
    await admin.end({ timeout: 5 });
  }
}

/** @throws BackupError that names each of them */
export async function requireAlone(admin: Sql, database: string): Promise<void> {
  const others = await othersConnected(admin, database);
  if (others === undefined) return;
  throw new BackupError(others, {
    help: 'Stop the application and this service first, or end these sessions: --force.',
  });
}

/** `twin`: what the dump is restored into; `former`: what the database is called afterwards. */
export function namesFor(database: string): { twin: string; former: string } {
  const named = (suffix: string) => {
    let stem = database;
    while (Buffer.byteLength(stem + suffix) > LONGEST_NAME) stem = stem.slice(0, -1);
    return stem + suffix;
  };
  return { twin: named('_rollback'), former: named('_before_rollback') };
}
