/**
 * Whether the database does what the guide promises, tried out on a user and a project made for it, in a transaction
 * that is rolled back. Nobody's row is locked or changed, and nothing stays.
 */
import { randomUUID } from 'node:crypto';
import type { Sql, Tx } from '../../db/connection.ts';
import type { Check } from '../check.ts';
import { errorCode } from '../migration-failure.ts';
import { insertLike, onTrial } from '../on-trial.ts';

/** What a row needs where the table has none to take it from. */
const PROJECT = { ProjectName: '', Address: '', ClientInfo: '', Status: 0, StartDate: '2000-01-01' };

/** `triggers`: whether a change must leave a mark. */
export async function checkBehaviour(sql: Sql, schema: string, triggers: boolean): Promise<Check[]> {
  try {
    return await onTrial(sql, (tx) => tryOut(tx, schema, triggers));
  } catch (error) {
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
