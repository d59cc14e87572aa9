/** Step 3 of the guide's rollback plan: does what the application did before still work? */
import { randomUUID } from 'node:crypto';
import type { Sql, Tx } from '../../db/connection.ts';
import { applicationSchema } from '../application-schema.ts';
import type { Check } from '../check.ts';
import { errorCode } from '../migration-failure.ts';
import { insertLike, onTrial } from '../on-trial.ts';

/** Of schema 2.0, those that the application cannot do without. */
export const TABLES = ['Roles', 'Users', 'Projects'];

/** Reads every row of the tables of schema 2.0 and writes a project, which it rolls back. Never throws for a finding. */
export async function checkOriginalFunctionality(sql: Sql): Promise<Check[]> {
  const checks: Check[] = [];
  for (const table of TABLES) {
    const check = async () => {
      // Of whole rows: a mere count could be answered by an index.
      const [{ rows }] = await sql<
        [{ rows: number }]
      >`SELECT count(one::text) AS rows FROM ${sql(table)} one`;
      return `${rows} rows.`;
    };
    checks.push(await tell(`"${table}" can be read`, check));
  }
  checks.push(
    await tell('a project can be added, changed and deleted', async () => {
      const schema = await applicationSchema(sql);
      return onTrial(sql, (tx) => tryWriting(tx, schema));
    }),
  );
  return checks;
}

async function tell(name: string, check: () => Promise<string>): Promise<Check> {
  try {
    return { name, status: 'ok', detail: await check() };
  } catch (error) {
    return { name, status: 'failed', detail: `${(error as Error).message}.` };
  }
}

/** With a copy, because only the application knows what its own columns need, and nobody's row is to be locked. */
async function tryWriting(tx: Tx, schema: string): Promise<string> {
  const projects = tx`${tx(schema)}."Projects"`;
  const [there] = await tx`SELECT FROM ${projects} LIMIT 1`;
  if (!there) return 'Not tried: there is no project.';
  const id = randomUUID();
  try {
    // A row from before may hold what the check of this column forbids new ones.
    await insertLike(tx, schema, 'Projects', {}, { ProjectId: id, CompletionPercentage: 0 });
    await tx`UPDATE ${projects} SET "ProjectName" = "ProjectName" WHERE "ProjectId" = ${id}`;
    await tx`DELETE FROM ${projects} WHERE "ProjectId" = ${id}`;
    return 'Rolled back.';
  } catch (error) {
    // Constraints (class 23) and what triggers raise (P0) are as they were when the dump was made.
    if (!/^(23|P0)/.test(errorCode(error) ?? '')) throw error;
    return `Not to the end: a rule of the application's own is against the trial (${(error as Error).message}).`;
  }
}
