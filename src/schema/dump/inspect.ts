import type { Sql } from '../../db/connection.ts';
import { BackupError } from '../../errors.ts';
import { serverVersion } from '../server-version.ts';
import { sessionsBeyond } from '../sessions.ts';
import { identifier } from '../statement.ts';
import { requireFitting, requireWhole } from './dump-file.ts';
import { findTool, runTool } from './postgres-tools.ts';
import { countRowsNow } from './rows-now.ts';
import { namesFor, type RollbackOptions, requireAlone, withServer } from './target.ts';
import { stateOf } from './twin-database.ts';

interface Dump {
  file: string;
  /** The database and server that it was made of, and when, as the file itself tells. */
  database: string;
  serverVersion: string;
  createdAt: string;
}

export interface Inspected extends Dump {
  /** The database that it would replace. */
  target: string;
  /** Of that one, by table; null where it cannot be told. */
  rowsNow: Readonly<Record<string, number | null>>;
}

/**
 * Finds out all that would make a rollback fail or that it would hurt. Changes nothing.
 *
 * @throws BackupError: the file is missing, damaged or no dump, of another database or a newer server; others are
 * connected (each is named); a right or a fitting pg_restore is missing; a former rollback's database is still there
 */
export async function inspectRollback(options: RollbackOptions): Promise<Inspected> {
  const { file, force } = options;
  await requireWhole(file, force);
  return await withServer(options, async (admin, target) => {
    const server = await serverVersion(admin);
    const dump = await readDump(admin, options);
    requireFitting(file, dump, { database: target, server }, force);
    await requireRights(admin, target);
    await requireNames(admin, target);
    await (force ? requireMayEndSessions : requireAlone)(admin, target);
    return { ...dump, target, rowsNow: await countRowsNow(options.url, options.signal) };
  });
}

/** What pg_restore reads at the beginning of the file. */
async function readDump(admin: Sql, options: RollbackOptions): Promise<Dump> {
  const { file, path, signal } = options;
  const pgRestore = await findTool('pg_restore', await serverVersion(admin), options);
  const list = await runTool(pgRestore, ['--list', file], { sql: admin, database: 'postgres', path, signal });
  const fact = (name: string) => new RegExp(`^; *${name}:? (.+)$`, 'm').exec(list)?.[1] ?? '';
  return {
    file,
    database: fact('dbname'),
    // Distributions append a name of their own.
    serverVersion: fact('Dumped from database version').replace(/ .*/, ''),
    createdAt: fact('Archive created at'),
  };
}

async function requireMayEndSessions(admin: Sql, database: string): Promise<void> {
  const beyond = await sessionsBeyond(admin, database);
  if (beyond.length === 0) return;
  // Not the one that logged in: the settings of that may have it act as another.
  const [{ role }] = await admin<[{ role: string }]>`SELECT current_user AS role`;
  throw new BackupError(
    `The role ${role} may not end these sessions in ${database}:\n  ${beyond.join('\n  ')}`,
    {
      help:
        `Stop them, or as a superuser: GRANT pg_signal_backend TO ${identifier(role)}; ` +
        '(docs/rights.md). Sessions of a superuser only a superuser may end.',
    },
  );
}

async function requireRights(admin: Sql, database: string): Promise<void> {
  const [row] = await admin<{ may_create: boolean; owns: boolean }[]>`
    SELECT rolsuper OR rolcreatedb AS may_create, pg_has_role(datdba, 'USAGE') AS owns
    FROM pg_database, pg_roles WHERE datname = ${database} AND rolname = current_user`;
  if (!row)
    throw new BackupError(`There is no database ${database}.`, { help: 'Create an empty one first.' });
  if (row.may_create && row.owns) return;
  throw new BackupError(
    `The role ${admin.options.user} may not replace ${database}: it must own it and may create databases.`,
    {
      help:
        'Use the owner in DATABASE_URL; and as a superuser what is missing of ALTER ROLE ... CREATEDB; and ' +
        `ALTER DATABASE ${identifier(database)} OWNER TO a role that this one is a member of; (docs/rights.md).`,
    },
  );
}

async function requireNames(admin: Sql, database: string): Promise<void> {
  const { twin, former } = namesFor(database);
  for (const name of [twin, former]) {
    if ((await stateOf(admin, name)) !== 'there') continue;
    throw new BackupError(`There is a database ${name} already.`, {
      help: `${name === former ? 'An earlier rollback kept it' : 'No rollback made it'}. When it is not needed any more: DROP DATABASE "${name}".`,
    });
  }
}
