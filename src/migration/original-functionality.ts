/** Step 3 of the guide's rollback plan: does what the application did before still work? */
import type { Sql, Tx } from '../db/connection.ts';
import { transaction } from '../db/transaction.ts';
import { errorCode } from './migration-failure.ts';

export interface FunctionCheck {
  name: string;
  ok: boolean;
  detail: string;
}

const UNIQUE_VIOLATION = '23505';

/** Thrown to roll back what a check has written. */
class Enough extends Error {}

/** Reads every row of the tables of schema 2.0 and writes a project, which it rolls back. Never throws for a finding. */
export async function checkOriginalFunctionality(sql: Sql): Promise<FunctionCheck[]> {
  const checks: FunctionCheck[] = [];
  for (const table of ['Roles', 'Users', 'Projects']) {
    const check = async () => {
      // Of whole rows: a mere count could be answered by an index.
      const [{ rows }] = await sql<
        [{ rows: number }]
      >`SELECT count(one::text) AS rows FROM ${sql(table)} one`;
      return `${rows} rows`;
    };
    checks.push(await tell(`"${table}" can be read`, check));
  }
  checks.push(await tell('a project can be changed, added and deleted', () => tryWriting(sql)));
  return checks;
}

async function tell(name: string, check: () => Promise<string>): Promise<FunctionCheck> {
  try {
    return { name, ok: true, detail: await check() };
  } catch (error) {
    return { name, ok: false, detail: (error as Error).message };
  }
}

async function tryWriting(sql: Sql): Promise<string> {
  let outcome = 'rolled back';
  const work = async (tx: Tx) => {
    const [project] = await tx<{ id: string }[]>`SELECT "ProjectId" AS id FROM "Projects" LIMIT 1`;
    if (project) await writeCopy(tx, project.id);
    else outcome = 'not tried: there is no project';
    throw new Enough();
  };
  await transaction(sql, 'read committed', work).catch((error) => {
    if (!(error instanceof Enough)) throw error;
  });
  return outcome;
}

/** A copy, because only the application knows what its own columns need. */
async function writeCopy(tx: Tx, id: string): Promise<void> {
  await tx`UPDATE "Projects" SET "ProjectName" = "ProjectName" WHERE "ProjectId" = ${id}`;
  const columns = await tx<{ name: string }[]>`
    SELECT attname AS name FROM pg_attribute
    WHERE attrelid = '"Projects"'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attidentity <> 'a'`;
  const names = tx(columns.map((column) => column.name));
  try {
    const [copy] = await tx<[{ id: string }]>`
      INSERT INTO "Projects" (${names})
      SELECT ${names} FROM (
        SELECT (jsonb_populate_record(p, jsonb_build_object('ProjectId', gen_random_uuid()))).*
        FROM "Projects" p WHERE "ProjectId" = ${id}
      ) AS copied
      RETURNING "ProjectId" AS id`;
    await tx`DELETE FROM "Projects" WHERE "ProjectId" = ${copy.id}`;
  } catch (error) {
    // A key of the application's own does not let two projects be alike: writing works.
    if (errorCode(error) !== UNIQUE_VIOLATION) throw error;
  }
}
