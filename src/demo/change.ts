/**
 * One small change of a demo project, written like the application writes it: the project, its feed of activities and its
 * status changes. Only projects that the demo made are changed, never one that somebody added.
 *
 * What would add up over days is limited for each day, and the rest leads nowhere in the long run: a demo that runs for weeks
 * looks as it did on the first day.
 */
import type { Sql, Tx } from '../db/connection.ts';
import { transaction } from '../db/transaction.ts';
import { hasTextStatus } from './seed.ts';
import { ACTIVITIES, MANAGERS, STATUS_NAMES } from './words.ts';

export interface DemoChange {
  projectId: string;
  projectName: string;
  kind: Kind;
  /** What changed, as a sentence without its subject: `status InProgress → Completed`. */
  what: string;
}

export type Kind = 'activity' | 'progress' | 'status' | 'project' | 'dueDate' | 'budget';

/** How often each is tried first. */
const WEIGHTS: Readonly<Record<Kind, number>> = {
  activity: 30,
  progress: 25,
  status: 10,
  project: 4,
  dueDate: 15,
  budget: 16,
};

type Status = 'Planning' | 'InProgress' | 'Completed' | 'OnHold';
const START = { from: 'Planning', to: 'InProgress', reason: 'เริ่มงานติดตั้ง' } as const;
const COMPLETE = { from: 'InProgress', to: 'Completed', reason: 'ส่งมอบงานแล้ว' } as const;
const HOLD = { from: 'InProgress', to: 'OnHold', reason: 'รออุปกรณ์' } as const;
const RESUME = { from: 'OnHold', to: 'InProgress', reason: 'ได้รับอุปกรณ์แล้ว' } as const;
const OFTEN = [START, COMPLETE];
/** In the long run as many projects come to a status as leave it. */
const TRANSITIONS = [...OFTEN, ...OFTEN, ...OFTEN, ...OFTEN, HOLD, RESUME];

interface Found {
  projectId: string;
  projectName: string;
  what: string;
}

interface Scene {
  tx: Tx;
  /** Condition on a row of "Projects". */
  isDemo: ReturnType<Tx>;
  /** As the column holds it. */
  status: (name: Status) => string | number;
}

export interface ChangeOptions {
  /** That of the statistics: what is limited by day counts from its midnight. */
  timeZone: string;
  /** Of 0 <= x < 1; default Math.random. */
  random?: () => number;
  /** Keeps to what a day may have; default false. */
  limited?: boolean;
  /** What to try, the first first; default: by chance. */
  kinds?: readonly Kind[];
}

/** @returns null where no project of the demo is left that it could change, or somebody holds it */
export function makeDemoChange(sql: Sql, options: ChangeOptions): Promise<DemoChange | null> {
  const { timeZone, random = Math.random, limited = false } = options;
  const settings = { TimeZone: timeZone };
  return transaction(
    sql,
    { isolation: 'read committed', statementMs: 5_000, lockMs: 1_000, settings },
    async (tx) => {
      const text = await hasTextStatus(tx);
      const usernames = MANAGERS.map(({ username }) => username);
      const scene: Scene = {
        tx,
        isDemo: tx`"CreatedById" IN (SELECT "UserId" FROM "Users" WHERE "Username" = ANY(${usernames}::text[]))`,
        status: (name) => (text ? name : STATUS_NAMES.indexOf(name)),
      };
      const allowed = limited ? await allowedToday(scene) : undefined;
      for (const kind of options.kinds ?? shuffled(random)) {
        if (allowed && !allowed.has(kind)) continue;
        const found = await CHANGES[kind](scene, random);
        if (found) return { ...found, kind };
      }
      return null;
    },
  );
}

/** Every kind once, the likelier ones earlier. */
function shuffled(random: () => number): Kind[] {
  const key = (weight: number) => Math.log(1 - random()) / weight;
  return (Object.entries(WEIGHTS) as [Kind, number][])
    .map(([kind, weight]) => ({ kind, key: key(weight) }))
    .sort((a, b) => b.key - a.key)
    .map(({ kind }) => kind);
}

/** Events and changes of status come at about the rate of the days before; what adds up to nothing may always be. */
async function allowedToday({ tx }: Scene): Promise<ReadonlySet<Kind>> {
  const [{ events, changes, day }] = await tx<[{ events: number; changes: number; day: number }]>`
    SELECT (SELECT coalesce(sum("AggregatedCount"), 0)::integer FROM "ProjectActivityFeed"
        WHERE "CreatedAt" >= current_date AND "IsVisible") AS events,
      (SELECT count(*)::integer FROM "ProjectStatusHistory" WHERE "ChangedAt" >= current_date)
        + (SELECT count(*)::integer FROM "Projects" WHERE "CreatedAt" >= current_date) AS changes,
      extract(epoch FROM now() - current_date)::float8 / 86400 AS day`;
  const kinds: Kind[] = ['dueDate', 'budget'];
  if (events < 150 + 150 * day) kinds.push('activity', 'progress');
  if (changes < 6 + 6 * day) kinds.push('status', 'project');
  return new Set(kinds);
}

const CHANGES: Readonly<Record<Kind, (scene: Scene, random: () => number) => Promise<Found | undefined>>> = {
  async activity(scene, random) {
    const activity = oneOf(
      ACTIVITIES.filter(({ type }) => type !== 'status_changed'),
      random,
    );
    const { tx, status } = scene;
    const found = await change(
      scene,
      tx`"Status" = ${status('InProgress')} AND ${workedOnToday(tx)}`,
      tx`"UpdatedAt" = now()`,
    );
    return found && noted(scene, found, activity, `activity: ${activity.title}`);
  },

  async progress(scene, random) {
    const { tx, status } = scene;
    const step = 1 + Math.floor(random() * 3);
    const found = await change(
      scene,
      tx`"Status" = ${status('InProgress')} AND "CompletionPercentage" < 99 AND ${workedOnToday(tx)}`,
      tx`"CompletionPercentage" = least(99, "CompletionPercentage" + ${step})`,
    );
    const activity = { type: 'updated', entity: 'task', title: 'อัปเดตความคืบหน้างานติดตั้งแผง', severity: 1 };
    return (
      found && noted(scene, found, activity, `completion ${found.was.completion} → ${found.now.completion} %`)
    );
  },

  async status(scene, random) {
    const { tx, status } = scene;
    const { from, to, reason } = oneOf(TRANSITIONS, random);
    const found = await change(
      scene,
      tx`"Status" = ${status(from)}
        AND (${from !== 'Planning'} OR "StartDate" < now() + INTERVAL '7 days')
        AND (${to !== 'Completed'} OR "CompletionPercentage" >= 85)`,
      tx`"Status" = ${status(to)}, "LastStatusChange" = now(),
        "StartDate" = least("StartDate", now()),
        "CompletionPercentage" = CASE WHEN ${to === 'Completed'} THEN 100 ELSE greatest(1, "CompletionPercentage") END,
        "ActualEndDate" = CASE WHEN ${to === 'Completed'} THEN now() END,
        "EstimatedEndDate" = CASE WHEN ${from === 'OnHold'} THEN greatest("EstimatedEndDate", current_date + 60)
          ELSE "EstimatedEndDate" END`,
    );
    if (!found) return undefined;
    await tx`
      INSERT INTO "ProjectStatusHistory" ("ProjectId", "OldStatus", "NewStatus", "ChangedAt", "ChangedByUserId",
        "ChangeReason", "CompletionPercentage", "ActualEndDate", "EstimatedEndDate")
      SELECT "ProjectId", ${STATUS_NAMES.indexOf(from)}, ${STATUS_NAMES.indexOf(to)}, now(), "ProjectManagerId",
        ${reason}, "CompletionPercentage", "ActualEndDate", "EstimatedEndDate"
      FROM "Projects" WHERE "ProjectId" = ${found.projectId}`;
    const activity = { type: 'status_changed', entity: 'project', title: 'เปลี่ยนสถานะโครงการ', severity: 2 };
    return noted(scene, found, activity, `status ${from} → ${to}`);
  },

  /** The next phase at a site where one was completed. */
  async project(scene, random) {
    const { tx, isDemo, status } = scene;
    const [days, months] = [20 + Math.floor(random() * 80), 3 + Math.floor(random() * 9)];
    const [found] = await tx<Omit<Found, 'what'>[]>`
      INSERT INTO "Projects" (
        "ProjectId", "ProjectName", "Address", "ClientInfo", "Status", "StartDate", "EstimatedEndDate",
        "ProjectManagerId", "CreatedById", "CreatedAt", "UpdatedAt", "Team", "ConnectionType", "TotalCapacityKw",
        "PvModuleCount", "Inverter125kw", "Inverter80kw", "Inverter60kw", "Inverter40kw", "FtsValue", "RevenueValue",
        "PqmValue", "Budget", "Latitude", "Longitude", "Description", "Priority", "CompletionPercentage",
        "LastStatusChange", "LastActivityAt", "Province", "Region", "FacilityType", "WaterAuthority"
      )
      SELECT gen_random_uuid(), regexp_replace("ProjectName", 'เฟส [0-9]+', 'เฟส ') || (
          coalesce(substring("ProjectName" FROM 'เฟส ([0-9]+)')::integer, 1) + 1), "Address", "ClientInfo",
        ${status('Planning')}, current_date + ${days}::integer, current_date + ${days + 30 * months}::integer,
        "ProjectManagerId", "CreatedById", now(), now(), "Team", "ConnectionType", "TotalCapacityKw",
        "PvModuleCount", "Inverter125kw", "Inverter80kw", "Inverter60kw", "Inverter40kw", "FtsValue", "RevenueValue",
        "PqmValue", "Budget", "Latitude", "Longitude", "Description", "Priority", 0, now(), now(),
        "Province", "Region", "FacilityType", "WaterAuthority"
      FROM "Projects"
      WHERE ${isDemo} AND "Status" = ${status('Completed')} AND "Region" IS NOT NULL AND "ProjectName" ~ 'เฟส [0-9]$'
      ORDER BY random() LIMIT 1
      RETURNING "ProjectId" AS "projectId", "ProjectName" AS "projectName"`;
    const activity = { type: 'created', entity: 'project', title: 'สร้างโครงการใหม่', severity: 1 };
    return found && noted(scene, found, activity, 'new project in planning');
  },

  async dueDate(scene, random) {
    const { tx, status } = scene;
    const open = [status('Planning'), status('InProgress'), status('OnHold')];
    const days = 1 + Math.floor(random() * 200);
    const found = await change(
      scene,
      // An overdue one only while there are many: time makes others overdue.
      tx`"Status" IN ${tx(open)} AND "StartDate" < current_date + ${days}::integer AND ${workedOnToday(tx)}
        AND ("EstimatedEndDate" >= current_date OR (
          SELECT count(*) > 45 FROM "Projects" WHERE "EstimatedEndDate" < current_date AND "Status" IN ${tx(open)}))`,
      tx`"EstimatedEndDate" = current_date + ${days}::integer`,
    );
    return found && { ...found, what: `due date ${found.was.due} → ${found.now.due}` };
  },

  async budget(scene, random) {
    const { tx } = scene;
    const factor = 0.97 + random() * 0.06;
    const found = await change(
      scene,
      tx`"TotalCapacityKw" > 0 AND "Budget" > 0 AND ${workedOnToday(tx)}`,
      // Within the prices of a kilowatt that projects have been made with.
      tx`"Budget" = round(least(36000, greatest(24000, "Budget" / "TotalCapacityKw" * ${factor}::numeric)) * "TotalCapacityKw", 2)`,
    );
    return found && { ...found, what: `budget ${found.was.budget} → ${found.now.budget} THB` };
  },
};

/** One project of eight, each day others: so many were active on the days before. */
const workedOnToday = (tx: Tx) => tx`abs(hashtext("ProjectId"::text || current_date::text) % 8) = 0`;

function oneOf<T>(list: readonly T[], random: () => number): T {
  return list[Math.floor(random() * list.length)] as T;
}

interface Seen {
  completion: string;
  due: string | null;
  budget: string | null;
}

/** Changes one project that nobody holds. */
async function change({ tx, isDemo }: Scene, where: ReturnType<Tx>, set: ReturnType<Tx>) {
  const [found] = await tx<(Omit<Found, 'what'> & { was: Seen; now: Seen })[]>`
    WITH old AS (
      SELECT * FROM "Projects" WHERE ${isDemo} AND ${where} ORDER BY random() LIMIT 1 FOR UPDATE SKIP LOCKED
    ), changed AS (
      UPDATE "Projects" SET ${set} WHERE "ProjectId" = (SELECT "ProjectId" FROM old) RETURNING *
    )
    SELECT old."ProjectId" AS "projectId", old."ProjectName" AS "projectName", ${seen(tx, 'old')} AS was,
      ${seen(tx, 'changed')} AS now
    FROM old CROSS JOIN changed`;
  return found;
}

const seen = (tx: Tx, row: 'old' | 'changed') => tx`jsonb_build_object(
  'completion', trim_scale(${tx(row)}."CompletionPercentage")::text, 'due', ${tx(row)}."EstimatedEndDate"::date::text,
  'budget', ${tx(row)}."Budget"::text)`;

/** Writes what happened into the feed, as the project's latest activity. */
async function noted(
  { tx }: Scene,
  { projectId, projectName }: Omit<Found, 'what'>,
  { type, entity, title, severity }: (typeof ACTIVITIES)[number],
  what: string,
): Promise<Found> {
  await tx`
    INSERT INTO "ProjectActivityFeed" ("ProjectId", "ActivityType", "EntityType", "EntityId", "Title", "Description",
      "PerformedByUserId", "Severity", "CreatedAt")
    SELECT "ProjectId", ${type}, ${entity}, CASE WHEN ${entity === 'project'} THEN "ProjectId" ELSE gen_random_uuid() END,
      ${title}, ${`${title} – ${projectName}`}, "ProjectManagerId", ${severity}, now()
    FROM "Projects" WHERE "ProjectId" = ${projectId}`;
  await tx`UPDATE "Projects" SET "LastActivityAt" = now(), "UpdatedAt" = now() WHERE "ProjectId" = ${projectId}`;
  return { projectId, projectName, what };
}
