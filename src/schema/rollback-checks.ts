/** What would make a rollback fail at its end, checked before its restore, which may take an hour. Nothing is changed. */
import type { Sql } from '../db/connection.ts';
import { BackupError } from '../errors.ts';
import { describeSessions } from './sessions.ts';
import { identifier } from './statement.ts';
import { stateOf, type TwinNames } from './twin-database.ts';

/** @throws BackupError where the role may not create a database in the place of this one */
export async function requireRights(admin: Sql, database: string): Promise<void> {
  const [row] = await admin<{ may: boolean }[]>`
    SELECT (rolsuper OR rolcreatedb) AND pg_has_role(datdba, 'USAGE') AS may
    FROM pg_database, pg_roles WHERE datname = ${database} AND rolname = current_user`;
  if (!row)
    throw new BackupError(`There is no database ${database}.`, { help: 'Create an empty one first.' });
  if (row.may) return;
  const help =
    'Put the owner of the database in DATABASE_URL. Or let a superuser run what is missing: ALTER ROLE ... CREATEDB; ' +
    `ALTER DATABASE ${identifier(database)} OWNER TO a role that this one belongs to. See docs/rights.md.`;
  const user = admin.options.user;
  throw new BackupError(
    `The role ${user} may not replace ${database}: it must own it and may create databases.`,
    { help },
  );
}

/** @throws BackupError where a database of one of these names is there, unless a rollback that was killed left it */
export async function requireFreeNames(admin: Sql, names: TwinNames): Promise<void> {
  for (const name of [names.twin, names.former]) {
    if ((await stateOf(admin, name)) !== 'there') continue;
    throw new BackupError(`There is a database ${name} already.`, {
      help: `${name === names.former ? 'An earlier rollback kept it' : 'No rollback created it'}. When it is not needed any more: DROP DATABASE "${name}".`,
    });
  }
}

/** @throws BackupError that names each session in `database` */
export async function requireAlone(admin: Sql, database: string): Promise<void> {
  const sessions = await describeSessions(admin, database);
  if (sessions.length === 0) return;
  throw new BackupError(
    `Others are connected to ${database}, and what they write would be lost:\n  ${sessions.join('\n  ')}`,
    { help: 'Stop the application and this service first, or end these sessions: --force.' },
  );
}
