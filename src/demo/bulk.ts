import type { Tx } from '../db/connection.ts';

const TABLES = ['"Projects"', '"ProjectActivityFeed"', '"ProjectStatusHistory"'];

/**
 * Runs `fill` without what each row of the three tables costs otherwise: indexes are built, foreign keys checked and
 * marks made (one, for everything) after it, as they were before it. Measured at 100,000 projects, seconds of the
 * server's CPU time: 33 as it is; 22 without indexes, 19 without foreign keys, 23 without marks, 9 without all three.
 *
 * Nobody else can read the tables until the transaction ends. The role must own them.
 */
export async function withoutUpkeep(tx: Tx, fill: () => Promise<void>): Promise<void> {
  await tx.unsafe(`LOCK TABLE ${TABLES.join(', ')} IN ACCESS EXCLUSIVE MODE`);
  const upkeep = await readUpkeep(tx);
  for (const { suspend } of upkeep) await tx.unsafe(suspend);
  await fill();
  for (const { resume } of upkeep) await tx.unsafe(resume);
}

/** Statements that take away and bring back. Unique indexes and keys stay: other tables may refer to them. */
async function readUpkeep(tx: Tx): Promise<{ suspend: string; resume: string }[]> {
  return tx<{ suspend: string; resume: string }[]>`
    SELECT format('DROP INDEX %s', indexrelid::regclass) AS suspend, pg_get_indexdef(indexrelid) AS resume
    FROM pg_index WHERE indrelid = ANY(${TABLES}::text[]::regclass[]) AND NOT indisunique AND NOT indisexclusion
    UNION ALL
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
      format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE conrelid = ANY(${TABLES}::text[]::regclass[]) AND contype = 'f' AND conparentid = 0
    UNION ALL
    SELECT format('ALTER TABLE %s DISABLE TRIGGER %I', tgrelid::regclass, tgname),
      format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I; INSERT INTO dashboard_stats.marks VALUES (NULL)',
        tgrelid::regclass, tgname)
    FROM pg_trigger
    WHERE tgrelid = ANY(${TABLES}::text[]::regclass[]) AND tgname = 'dashboard_stats_mark' AND tgenabled = 'A'`;
}
