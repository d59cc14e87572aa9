/**
 * Whether the database does what the guide promises, tried out on a user and a project made for it, in a transaction
 * that is rolled back. Nobody's row is locked or changed, and nothing stays.
 */
import { randomUUID } from 'node:crypto';
import type { Sql, Tx } from '../../db/connection.ts';
import { transaction } from '../../db/transaction.ts';
import type { Check } from '../check.ts';
import { errorCode } from '../migration-failure.ts';

/** What a row needs where the table has none to take it from. */
const PROJECT = { ProjectName: '', Address: '', ClientInfo: '', Status: 0, StartDate: '2000-01-01' };

/** Carries what was found out of the transaction, and rolls it back. */
class RolledBack extends Error {
  constructor(readonly checks: Check[]) {
    super('rolled back on purpose');
  }
}

/** `triggers`: whether a change must leave a mark. */
export async function checkBehaviour(sql: Sql, schema: string, triggers: boolean): Promise<Check[]> {
  try {
    return await transaction(sql, 'read committed', async (tx) => {
      // Whoever waits for a lock here would make others wait.
      await tx`SELECT set_config('lock_timeout', '2s', true)`;
      throw new RolledBack(await tryOut(tx, schema, triggers));
    });
  } catch (error) {
    if (error instanceof RolledBack) return error.checks;
    if (errorCode(error) === undefined) throw error;
    // The application's own rules, a missing right, a standby: no fault of the schema.
    const detail = `It could not be tried: ${(error as Error).message}.`;
    return [{ name: 'behaviour', status: 'warning', detail }];
  }
}

async function tryOut(tx: Tx, schema: string, triggers: boolean): Promise<Check[]> {
  const [role] = await tx<{ id: unknown }[]>`SELECT "RoleId" AS id FROM ${tx(schema)}."Roles" LIMIT 1`;
  const userId = randomUUID();
  const projectId = randomUUID();
  await insertLike(
    tx,
    schema,
    'Users',
    { PasswordHash: '', FullName: '', RoleId: role?.id },
    {
      UserId: userId,
      Username: userId,
      Email: userId,
    },
  );
  // A row from before may hold what a NOT VALID key or check refuses.
  const project = {
    ProjectId: projectId,
    ProjectManagerId: userId,
    CreatedById: null,
    CompletionPercentage: 0,
  };
  await insertLike(tx, schema, 'Projects', PROJECT, project);
  const checks: Check[] = [];
  if (triggers) checks.push(await checkMark(tx, projectId));
  checks.push(await checkManagerDeleted(tx, schema, userId, projectId));
  return checks;
}

/** `base` is for an empty table; otherwise a row that is there says what the application asks of one. */
async function insertLike(
  tx: Tx,
  schema: string,
  table: string,
  base: Record<string, unknown>,
  own: Record<string, unknown>,
): Promise<void> {
  const name = tx`${tx(schema)}.${tx(table)}`;
  const [like] = await tx<
    { row: Record<string, unknown> }[]
  >`SELECT to_jsonb(t) AS row FROM ${name} t LIMIT 1`;
  const given = await tx<{ column: string }[]>`
    SELECT attname AS column FROM pg_attribute
    WHERE attrelid = format('%I.%I', ${schema}::text, ${table}::text)::regclass AND attnum > 0 AND NOT attisdropped
      AND attgenerated = '' AND attidentity = ''`;
  const values = { ...base, ...like?.row, ...own };
  const columns = given.map(({ column }) => column).filter((column) => column in values);
  await tx`
    INSERT INTO ${name} (${tx(columns)})
    SELECT ${tx(columns)} FROM jsonb_populate_record(NULL::${name}, ${JSON.stringify(values)}::text::jsonb)`;
}

async function checkMark(tx: Tx, projectId: string): Promise<Check> {
  const marks = await tx`SELECT FROM dashboard_stats.marks WHERE project_id = ${projectId}`;
  const name = 'change is marked';
  if (marks.length > 0) return { name, status: 'ok', detail: 'A project was inserted, and marked.' };
  return { name, status: 'failed', detail: 'A project was inserted, and no mark of it appended.' };
}

async function checkManagerDeleted(
  tx: Tx,
  schema: string,
  userId: string,
  projectId: string,
): Promise<Check> {
  const name = 'manager can be deleted';
  const failed = (detail: string): Check => ({ name, status: 'failed', detail });
  try {
    await tx`DELETE FROM ${tx(schema)}."Users" WHERE "UserId" = ${userId}`;
  } catch (error) {
    return failed(`The manager cannot be deleted: ${(error as Error).message}.`);
  }
  const [project] = await tx<{ manager: string | null }[]>`
    SELECT "ProjectManagerId" AS manager FROM ${tx(schema)}."Projects" WHERE "ProjectId" = ${projectId}`;
  if (!project) return failed('The project was deleted together with its manager.');
  if (project.manager !== null) return failed('The project still names a manager who is gone.');
  return { name, status: 'ok', detail: 'A manager was deleted: the project stays, without a manager.' };
}
