import { beforeEach, describe, expect, test } from 'vitest';
import type { Sql } from '../../src/db/connection.ts';
import { makeDemoChange } from '../../src/demo/change.ts';
import type { Kind } from '../../src/demo/kinds-of-changes.ts';
import { seedDemo } from '../../src/demo/seed.ts';
import { eachTestGets } from '../support/servers/database.ts';

const timeZone = 'Asia/Bangkok';
let sql: Sql;
const database = eachTestGets('migrated');

beforeEach(async () => {
  sql = database.sql;
  await seedDemo(sql, { projects: 200, seed: 1 });
});

const make = (...kinds: Kind[]) => makeDemoChange(sql, { timeZone, kinds });

async function row(table: string, where: string): Promise<Record<string, unknown>> {
  const [found] = await sql.unsafe(`SELECT * FROM "${table}" WHERE ${where}`);
  return found ?? {};
}
const project = (id = '') => row('Projects', `"ProjectId" = '${id}'`);
const newestActivity = (id = '') =>
  row('ProjectActivityFeed', `"ProjectId" = '${id}' ORDER BY "CreatedAt" DESC LIMIT 1`);

describe('a change of the demo', () => {
  test('that is an activity is in the feed, and the project’s latest one', async () => {
    const change = await make('activity');
    const { Status, LastActivityAt } = await project(change?.projectId);
    const { CreatedAt, Description } = await newestActivity(change?.projectId);
    expect(Status).toBe(1);
    expect(LastActivityAt).toEqual(CreatedAt);
    expect(Description).toContain(change?.projectName);
  });

  test('moves the completion of a project on, up to 99 %', async () => {
    await sql`UPDATE "Projects" SET "CompletionPercentage" = 98 WHERE "Status" = 1`;
    const change = await make('progress');
    expect(change?.what).toBe('completion 98 → 99 %');
    expect((await project(change?.projectId))['CompletionPercentage']).toBe('99.00');
    await sql`UPDATE "Projects" SET "CompletionPercentage" = 99 WHERE "Status" = 1`;
    expect(await make('progress')).toBeNull();
  });

  test('of status has its row of ProjectStatusHistory; a completed project has its end', async () => {
    await sql`UPDATE "Projects" SET "CompletionPercentage" = 95 WHERE "Status" = 1`;
    // The second of the ten transitions.
    const complete = () => makeDemoChange(sql, { timeZone, kinds: ['status'], random: () => 0.1 });
    const change = await complete();
    expect(change?.what).toBe('status InProgress → Completed');
    const changed = await project(change?.projectId);
    expect(changed).toMatchObject({ Status: 2, CompletionPercentage: '100.00' });
    expect(changed['ActualEndDate']).toEqual(changed['LastStatusChange']);
    const history = await row(
      'ProjectStatusHistory',
      `"ProjectId" = '${change?.projectId}' ORDER BY "ChangedAt" DESC LIMIT 1`,
    );
    expect(history).toMatchObject({ OldStatus: 1, NewStatus: 2, ActualEndDate: changed['ActualEndDate'] });
    expect((await newestActivity(change?.projectId))['ActivityType']).toBe('status_changed');
  });

  test('of status works where Status is text', async () => {
    await sql`DROP INDEX "IX_Projects_Status"`;
    await sql`ALTER TABLE "Projects" ALTER COLUMN "Status" TYPE text
      USING ('{Planning,InProgress,Completed,OnHold,Cancelled}'::text[])["Status" + 1]`;
    const change = await makeDemoChange(sql, { timeZone, kinds: ['status'], random: () => 0 });
    expect(change?.what).toBe('status Planning → InProgress');
    expect((await project(change?.projectId))['Status']).toBe('InProgress');
  });

  test('that is a new project is the next phase at a site, planned for later', async () => {
    const change = await make('project');
    expect(change?.projectName).toMatch(/ เฟส [2-5]$/);
    const { Status, StartDate, CompletionPercentage, Region } = await project(change?.projectId);
    expect({ Status, CompletionPercentage }).toEqual({ Status: 0, CompletionPercentage: '0.00' });
    expect((StartDate as Date).getTime()).toBeGreaterThan(Date.now());
    expect(Region).not.toBeNull();
  });

  test('of a due date or a budget keeps dates in the future and prices of a kilowatt in their range', async () => {
    for (let n = 0; n < 10; n++) {
      const due = await make('dueDate');
      expect((await project(due?.projectId))['EstimatedEndDate']).toSatisfy((at: Date) => at > new Date());
      const budget = await make('budget');
      const { Budget, TotalCapacityKw } = await project(budget?.projectId);
      const price = Number(Budget) / Number(TotalCapacityKw);
      expect(price).toBeGreaterThan(23_990);
      expect(price).toBeLessThan(36_010);
    }
  });

  test('of a due date moves one overdue project of 40 a day, and leaves no region without any', async () => {
    const today = sql`(now() AT TIME ZONE ${timeZone})::date`;
    const movable = sql`abs(hashtext("ProjectId"::text || ${today}::text) % 40) = 0`;
    await sql`UPDATE "Projects" SET "Status" = 1, "StartDate" = now(), "EstimatedEndDate" = ${today} - 5, "Region" = 'central'`;
    await sql`UPDATE "Projects" SET "Region" = 'western' WHERE "ProjectId" IN (
      SELECT "ProjectId" FROM "Projects" ORDER BY ${movable} DESC LIMIT 2)`;
    for (let n = 0; n < 30; n++) await make('dueDate');
    const [{ moved, western, others, left }] = await sql<[Record<string, number>]>`
      SELECT count(*) FILTER (WHERE "EstimatedEndDate" >= ${today})::integer AS moved,
        count(*) FILTER (WHERE "EstimatedEndDate" >= ${today} AND "Region" = 'western')::integer AS western,
        count(*) FILTER (WHERE "EstimatedEndDate" >= ${today} AND NOT ${movable})::integer AS others,
        count(*) FILTER (WHERE ${movable} AND "Region" = 'central')::integer AS left
      FROM "Projects"`;
    expect({ western, others }).toEqual({ western: 0, others: 0 });
    // On some days there are no more than those two.
    expect(moved === 0).toBe(left === 0);
  });

  test('that is an event comes when its share of the rest of the day is over, until the day has had its events', async () => {
    // Of all zones the one where it is noon: at another time the day may have just begun.
    const west = new Date().getUTCHours() - 12;
    const noon = `Etc/GMT${west < 0 ? '' : '+'}${west}`;
    const limited = () => makeDemoChange(sql, { timeZone: noon, limited: true, random: () => 0 });
    const midnight = sql`(now() AT TIME ZONE ${noon})::date::timestamp AT TIME ZONE ${noon}`;
    await sql`UPDATE "Projects" SET "Status" = 1`;
    await sql`UPDATE "ProjectActivityFeed" SET "CreatedAt" = ${midnight} - INTERVAL '1 hour'`;
    await sql`UPDATE "ProjectStatusHistory" SET "ChangedAt" = now()`;
    expect((await limited())?.kind).toBe('activity');
    expect((await limited())?.kind).toBe('dueDate');
    await sql`UPDATE "ProjectActivityFeed" SET "AggregatedCount" = 420, "CreatedAt" = ${midnight}
      WHERE "CreatedAt" >= ${midnight}`;
    expect((await limited())?.kind).toBe('dueDate');
  });

  test('never touches a project that the demo has not made', async () => {
    await sql`UPDATE "Projects" SET "CreatedById" = NULL`;
    expect(await makeDemoChange(sql, { timeZone })).toBeNull();
  });
});

test('after 1,000 changes on one day the figures of the demo are plausible still', {
  timeout: 120_000,
}, async () => {
  const figures = async () => {
    const [found] = await sql`
      SELECT count(*)::integer AS total, count(*) FILTER (WHERE "Status" = 2)::integer AS completed,
        count(*) FILTER (WHERE "Status" = 1)::integer AS "inProgress", sum("Budget")::float8 AS budget
      FROM "Projects"`;
    const [{ events }] = await sql<[{ events: number }]>`
      SELECT count(*)::integer AS events FROM "ProjectActivityFeed" WHERE "CreatedAt" > now() - INTERVAL '10 minutes'`;
    return { ...(found as Record<'total' | 'completed' | 'inProgress' | 'budget', number>), events };
  };
  const before = await figures();
  const kinds = new Set<string>();
  for (let n = 0; n < 1_000; n++) {
    const change = await makeDemoChange(sql, { timeZone, limited: true });
    if (change) kinds.add(change.kind);
  }
  const after = await figures();
  // Few are left of status and project just after midnight: either may have taken them all.
  expect([...kinds]).toEqual(expect.arrayContaining(['budget', 'dueDate']));
  expect(kinds.has('status') || kinds.has('project')).toBe(true);
  expect(after.total - before.total).toBeLessThan(10);
  expect(Math.abs(after.completed - before.completed)).toBeLessThan(10);
  expect(after.events - before.events).toBeLessThan(435);
  expect(after.budget / before.budget).toBeGreaterThan(0.95);
  expect(after.budget / before.budget).toBeLessThan(1.1);
});
