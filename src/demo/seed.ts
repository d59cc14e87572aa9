/**
 * Demo data: solar projects of Thai water authorities, as the application would have left them, with the odd rows that
 * real databases have. All of it in one transaction: a run that is cut short leaves nothing.
 */

import type { Sql, Tx } from '../db/connection.ts';
import { transaction } from '../db/transaction.ts';
import { DemoRefusedError } from '../errors.ts';
import { classificationTargets } from '../jobs/sql/classification-targets.ts';
import { insertDemoActivities, insertDemoStatusHistory } from './activity.ts';
import { withoutUpkeep } from './bulk.ts';
import { DEMO_DAYS, hasHistory } from './history.ts';
import { places } from './places.ts';
import { insertDemoProjects } from './projects.ts';
import { ensureRegions } from './regions.ts';
import { MANAGERS } from './words.ts';

export interface DemoOptions {
  projects: number;
  seed: number;
  /** The local day (Asia/Bangkok, YYYY-MM-DD) that all dates are counted from; default: the database's today. */
  today?: string;
  /** Projects that are written at a time; default 50,000. A demo of more than one batch makes indexes after them. */
  batchSize?: number;
  /** Called after each batch with the number of projects there are and will be. */
  onProgress?: (done: number, total: number) => void;
}

export interface DemoCounts {
  projects: number;
  activities: number;
  statusChanges: number;
}

/**
 * Fills a migrated database. The same projects, seed and day give the same rows, ids included, whenever and wherever
 * it runs, as long as the regions list the same provinces. Nothing has happened later than now, so that on the day itself,
 * before seven in the morning, times of that day depend on the clock.
 *
 * @throws DemoRefusedError the database has projects
 */
export async function seedDemo(sql: Sql, options: DemoOptions): Promise<DemoCounts> {
  const { projects: total, seed, batchSize = 50_000, onProgress } = options;
  return transaction(sql, { isolation: 'read committed' }, async (tx) => {
    await refuseProjects(tx);
    await ensureRegions(tx);
    const shared = {
      total,
      seed,
      ...(await localDay(tx, options.today)),
      places: places((await classificationTargets(tx)).regions),
      managers: await ensureManagers(tx, seed),
      statusIsText: await hasTextStatus(tx),
      activityDays: hasHistory(total) ? 30 + DEMO_DAYS : 30,
    };
    const counts = { projects: 0, activities: 0, statusChanges: 0 };
    const fill = async () => {
      for (let first = 1; first <= total; first += batchSize) {
        const batch = { ...shared, first, last: Math.min(first + batchSize - 1, total) };
        await insertDemoProjects(tx, batch);
        counts.activities += await insertDemoActivities(tx, batch);
        counts.statusChanges += await insertDemoStatusHistory(tx, batch);
        counts.projects = batch.last;
        onProgress?.(counts.projects, total);
      }
    };
    await (total > batchSize ? withoutUpkeep(tx, fill) : fill());
    await tx`ANALYZE "Projects", "ProjectActivityFeed", "ProjectStatusHistory"`;
    return counts;
  });
}

/** Two demos at once, or an application's first project, wait for each other here. */
async function refuseProjects(tx: Tx): Promise<void> {
  await tx`LOCK TABLE "Projects" IN SHARE ROW EXCLUSIVE MODE`;
  const [found] = await tx<{ any: boolean }[]>`SELECT EXISTS (SELECT FROM "Projects") AS any`;
  if (found?.any) throw new DemoRefusedError();
}

/** What happened on that day happened in its first seven hours: of today, in what there has been of them. */
async function localDay(
  tx: Tx,
  today: string | undefined,
): Promise<{ midnight: string; secondsOfDay: number }> {
  const [row] = await tx<[{ midnight: string; secondsOfDay: number }]>`
    SELECT (midnight AT TIME ZONE 'UTC')::text || '+00' AS midnight,
      CASE WHEN ${today === undefined} THEN least(7 * 3600, floor(extract(epoch FROM now() - midnight))) ELSE 7 * 3600 END::integer
        AS "secondsOfDay"
    FROM (
      SELECT coalesce(${today ?? null}::date, (now() AT TIME ZONE 'Asia/Bangkok')::date)::timestamp
        AT TIME ZONE 'Asia/Bangkok' AS midnight
    ) AS day`;
  return row;
}

/** Adds the roles and the demo's managers where they are missing. Returns the managers' ids in a fixed order. */
async function ensureManagers(tx: Tx, seed: number): Promise<string[]> {
  await tx`
    INSERT INTO "Roles" ("RoleName")
    SELECT name FROM unnest(${['Admin', 'Manager', 'User', 'Viewer']}::text[]) WITH ORDINALITY AS role (name, place)
    WHERE NOT EXISTS (SELECT FROM "Roles" WHERE "RoleName" = name)
    ORDER BY place`;
  // The password hash is none that any algorithm makes: nobody can log in with these accounts.
  await tx`
    INSERT INTO "Users" ("UserId", "Username", "PasswordHash", "Email", "RoleId", "FullName")
    SELECT md5(${seed}::bigint || username)::uuid, username, '!no-login!', username || '@example.invalid',
      (SELECT min("RoleId") FROM "Roles" WHERE "RoleName" = 'Manager'), "fullName"
    FROM jsonb_to_recordset(${tx.json(MANAGERS)}) AS manager (username text, "fullName" text)
    WHERE NOT EXISTS (SELECT FROM "Users" WHERE "Username" = username)`;
  const managers = await tx<{ id: string }[]>`
    SELECT "UserId" AS id FROM "Users" WHERE "Username" = ANY(${MANAGERS.map((manager) => manager.username)}::text[])
    ORDER BY "Username" COLLATE "C", "UserId"`;
  return managers.map((manager) => manager.id);
}

export async function hasTextStatus(tx: Tx): Promise<boolean> {
  const [column] = await tx<{ text: boolean }[]>`
    SELECT typcategory = 'S' AS text
    FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
    WHERE attrelid = '"Projects"'::regclass AND attname = 'Status'`;
  return column?.text ?? false;
}
