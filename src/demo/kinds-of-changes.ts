/** What a demo changes, by kind: each finds a project that it may change, changes it, and says what. */
import type { Tx } from '../db/connection.ts';
import { ACTIVITIES, STATUS_NAMES } from './words.ts';

export type Kind = 'activity' | 'progress' | 'status' | 'project' | 'dueDate' | 'budget';

type Status = 'Planning' | 'InProgress' | 'Completed' | 'OnHold';
const START = { from: 'Planning', to: 'InProgress', reason: 'เริ่มงานติดตั้ง' } as const;
const COMPLETE = { from: 'InProgress', to: 'Completed', reason: 'ส่งมอบงานแล้ว' } as const;
const HOLD = { from: 'InProgress', to: 'OnHold', reason: 'รออุปกรณ์' } as const;
const RESUME = { from: 'OnHold', to: 'InProgress', reason: 'ได้รับอุปกรณ์แล้ว' } as const;
const OFTEN = [START, COMPLETE];
/** In the long run as many projects come to a status as leave it. */
const TRANSITIONS = [...OFTEN, ...OFTEN, ...OFTEN, ...OFTEN, HOLD, RESUME];

export interface Changed {
  projectId: string;
  projectName: string;
  /** As a sentence without its subject: `status InProgress → Completed`. */
  what: string;
}

export interface Scene {
  tx: Tx;
  /** Condition on a row of "Projects". */
  isDemo: ReturnType<Tx>;
  /** As the column holds it. */
  status: (name: Status) => string | number;
}

/** Undefined: there is no such project. */
export const CHANGES: Readonly<
  Record<Kind, (scene: Scene, random: () => number) => Promise<Changed | undefined>>
> = {
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
    const [found] = await tx<Omit<Changed, 'what'>[]>`
      INSERT INTO "Projects"
      SELECT phase.*
      FROM (
        SELECT site, regexp_match("ProjectName", '^(.*เฟส )([0-9])$') AS named FROM "Projects" AS site
        WHERE ${isDemo} AND "Status" = ${status('Completed')} AND "Region" IS NOT NULL AND "ProjectName" ~ 'เฟส [0-9]$'
        ORDER BY random() LIMIT 1
      ) AS completed,
      jsonb_populate_record(site, jsonb_build_object(
        'ProjectId', gen_random_uuid(), 'ProjectName', named[1] || (named[2]::integer + 1),
        'Status', ${status('Planning')}::text, 'CompletionPercentage', 0,
        'StartDate', current_date + ${days}::integer, 'EstimatedEndDate', current_date + ${days + 30 * months}::integer,
        'ActualEndDate', NULL, 'CreatedAt', now(), 'UpdatedAt', now(), 'LastStatusChange', now(), 'LastActivityAt', now()
      )) AS phase
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
      // As many overdue ones a day as time makes overdue, and of each region some stay.
      tx`"Status" IN ${tx(open)} AND "StartDate" < current_date + ${days}::integer AND ${workedOnToday(tx)}
        AND ("EstimatedEndDate" >= current_date OR (${chosenToday(tx, 40)} AND (
          SELECT count(*) > 2 FROM "Projects" AS other
          WHERE other."Region" = "Projects"."Region" AND other."EstimatedEndDate" < current_date AND other."Status" IN ${tx(open)})))`,
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

/** One project of so many, each day others. */
const chosenToday = (tx: Tx, of: number) =>
  tx`abs(hashtext("ProjectId"::text || current_date::text) % ${of}::integer) = 0`;

/** So many were active on the days before. */
const workedOnToday = (tx: Tx) => chosenToday(tx, 8);

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
  const [found] = await tx<(Omit<Changed, 'what'> & { was: Seen; now: Seen })[]>`
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
  { projectId, projectName }: Omit<Changed, 'what'>,
  { type, entity, title, severity }: (typeof ACTIVITIES)[number],
  what: string,
): Promise<Changed> {
  await tx`
    INSERT INTO "ProjectActivityFeed" ("ProjectId", "ActivityType", "EntityType", "EntityId", "Title", "Description",
      "PerformedByUserId", "Severity", "CreatedAt")
    SELECT "ProjectId", ${type}, ${entity}, CASE WHEN ${entity === 'project'} THEN "ProjectId" ELSE gen_random_uuid() END,
      ${title}, ${`${title} – ${projectName}`}, "ProjectManagerId", ${severity}, now()
    FROM "Projects" WHERE "ProjectId" = ${projectId}`;
  await tx`UPDATE "Projects" SET "LastActivityAt" = now(), "UpdatedAt" = now() WHERE "ProjectId" = ${projectId}`;
  return { projectId, projectName, what };
}
