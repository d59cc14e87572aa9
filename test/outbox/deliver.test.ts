/** What a refresh queues for the application's real-time tables (docs/realtime.md): written, once, late or not at all. */
import { describe, expect, test } from 'vitest';
import { buildCells } from '../../src/engine/build.ts';
import { refresh } from '../../src/engine/refresh.ts';
import { deliverQueued } from '../../src/outbox/deliver.ts';
import { type Notification, notifications, pendingOf, takePending } from '../support/application/hub.ts';
import { insertProject } from '../support/application/projects.ts';
import { checkedAtCommit } from '../support/oracle/exact.ts';
import { connectForTest, eachTestGets, holding } from '../support/servers/database.ts';
import { engineContext } from '../support/service/engine-context.ts';

const database = eachTestGets('migrated');
const { sql } = database;

const TTL_SECONDS = 600;
const context = (notifications = true, on = sql) => ({ ...engineContext(on), notifications });
const flush = (notifications = true, on = sql) =>
  deliverQueued({ sql: on, notifications, notificationTtlSeconds: TTL_SECONDS });
/** What is pending for a group: how many projects each row counts. */
const totals = async (group = 'all_users') =>
  (await pendingOf(sql, group)).map(({ data }) => data.totalProjects);
/** As if that long had passed since anything was written. */
const later = async (seconds: number) => {
  await sql`UPDATE dashboard_stats.notified SET written_at = written_at - ${seconds} * INTERVAL '1 second'`;
  await sql`UPDATE dashboard_stats.outbox SET logged_at = logged_at - ${seconds} * INTERVAL '1 second'`;
};
/** ms from the row of `all_users` that was pending to the one that is: 0 where that still waits, else a second or more on a busy machine. */
const msAfter = async (last: Notification | undefined) => {
  const [row] = await pendingOf(sql, 'all_users');
  return Number(row?.createdAt) - Number(last?.createdAt);
};
const noneOrASecond = (ms: number) => ms === 0 || ms >= 1_000;
/** Refreshes, and delivers what that queued as if nothing had been written lately. */
const refreshAndDeliver = async () => {
  await refresh(context());
  await later(1);
  await flush();
};
const events = () => sql<{ data: any; groups: string[]; ms: number; delivery: number; entityId: string }[]>`
  SELECT "EventData" AS data, "BroadcastGroups" AS groups, "ProcessingTimeMs" AS ms, "DeliveryStatus" AS delivery,
    "EntityId" AS "entityId"
  FROM "RealTimeEventsLog" WHERE "EventType" = 'StatsRefreshed' ORDER BY "CreatedAt"`;
const documentId = async (key: string) =>
  (await sql`SELECT "CacheId" AS id FROM "DashboardStatsCache" WHERE "CacheKey" = ${key}`)[0]?.['id'];

describe('the notification', () => {
  test('to all_users is ProjectStatsUpdated in the shape that its clients know', async () => {
    for (let i = 0; i < 25; i++)
      await insertProject(sql, { region: i < 10 ? 'northern' : null, status: i < 4 ? 2 : i % 2 });
    await refreshAndDeliver();
    const [one, ...others] = await pendingOf(sql, 'all_users');
    expect(others).toEqual([]);
    expect(one).toMatchObject({ method: 'ProjectStatsUpdated', entityId: await documentId('global') });
    expect(one?.data).toEqual({
      totalProjects: 25,
      statusBreakdown: { planning: 11, inProgress: 10, completed: 4, onHold: 0, cancelled: 0 },
      completionPercentage: 16,
      regionalStats: {
        northern: { total: 10, completed: 4 },
        western: { total: 0, completed: 0 },
        central: { total: 0, completed: 0 },
        unknown: { total: 15, completed: 0 },
      },
    });
    expect((one?.expiresAt?.getTime() ?? 0) - (one?.createdAt.getTime() ?? 0)).toBe(TTL_SECONDS * 1000);
  });

  test('of a region goes to its group, that of a facility type to the group that the type names', async () => {
    await refreshAndDeliver();
    await sql`DELETE FROM "RealTimeNotifications"`;
    await insertProject(sql, { region: 'Northern', facility: 'distribution_center', status: 2 });
    await refreshAndDeliver();
    const found = await notifications(sql);
    expect(found.map(({ group, method }) => [group, method])).toEqual([
      ['all_users', 'ProjectStatsUpdated'],
      ['facility_distribution', 'WaterFacilityUpdate'],
      ['region_northern', 'RegionalProjectUpdate'],
    ]);
    expect(found[1]).toMatchObject({ entityId: await documentId('facility:distribution_center') });
    expect(found[1]?.data).toMatchObject({ facilityType: 'distribution_center', totalProjects: 1 });
    expect(found[2]?.data).toEqual({
      key: 'region:northern',
      region: 'northern',
      version: 2,
      totalProjects: 1,
      statusBreakdown: { planning: 0, inProgress: 0, completed: 1, onHold: 0, cancelled: 0 },
      completionPercentage: 100,
      facilityStats: expect.objectContaining({ distribution_center: { total: 1, completed: 1 } }),
    });
  });

  test('that is pending is replaced by the newer one: each group has one, which says the present', async () => {
    for (let i = 1; i <= 5; i++) {
      await insertProject(sql, { region: 'northern' });
      await refreshAndDeliver();
    }
    expect([await totals(), await totals('region_northern')]).toEqual([[5], [5]]);
  });

  test('that replaced one is not marked as sent along with it by a hub that reads without a lock', async () => {
    await refreshAndDeliver();
    const [read] = await pendingOf(sql, 'all_users');
    await insertProject(sql);
    await refreshAndDeliver();
    await sql`UPDATE "RealTimeNotifications" SET "Status" = 1 WHERE "NotificationId" = ${read?.id ?? ''}`;
    expect(await totals()).toEqual([1]);
  });

  test('leaves the application’s own rows alone, pending ones of the same name and group too', async () => {
    await sql`
      INSERT INTO "RealTimeNotifications" ("GroupName", "EventType", "EntityType", "EntityId", "Title", "Message", "CreatedBy")
      SELECT "group", method, 'project', gen_random_uuid(), 'theirs', 'theirs', author
      FROM unnest(ARRAY['all_users', 'all_users', 'region_northern'], ARRAY['ProjectStatsUpdated', 'ProjectCreated',
        'RegionalProjectUpdate'], ARRAY['application', NULL, NULL]) AS row ("group", method, author)`;
    const theirs = () => sql`SELECT * FROM "RealTimeNotifications" WHERE "Title" = 'theirs' ORDER BY 1`;
    const before = await theirs();
    await refreshAndDeliver();
    await insertProject(sql, { region: 'northern' });
    await refreshAndDeliver();
    expect(before).toHaveLength(3);
    expect(await theirs()).toEqual(before);
  });
});

describe('a hub that holds pending rows', () => {
  test('delays neither a refresh nor what is written for it, and nothing is lost', async () => {
    await insertProject(sql);
    await refresh(context());
    await buildCells(context());
    await refreshAndDeliver();
    const taken: string[] = [];
    let letGo = () => {};
    const holdingRows = takePending(connectForTest(database.url), async (rows) => {
      taken.push(...rows.map(({ group }) => group));
      await new Promise<void>((resolve) => {
        letGo = resolve;
      });
    });
    await expect.poll(() => taken.length).toBeGreaterThan(0);
    expect(taken).toContain('all_users');
    // Whoever waited for the hub would wait for ever.
    for (let i = 0; i < 3; i++) {
      await insertProject(sql);
      await refreshAndDeliver();
    }
    // The one that is held, and the newest beside it.
    expect(await totals()).toEqual([1, 4]);
    letGo();
    await holdingRows;
    expect(await totals()).toEqual([4]);
  });

  test('and lets go without having sent them leaves one to send', async () => {
    await refreshAndDeliver();
    await takePending(connectForTest(database.url), async () => {
      await insertProject(sql);
      await refreshAndDeliver();
      throw new Error('the hub was killed');
    }).catch(() => undefined);
    await insertProject(sql);
    await refreshAndDeliver();
    expect(await totals()).toEqual([2]);
  });

  test('or somebody who locks the whole table delays no refresh either', async () => {
    await refreshAndDeliver();
    const tables = '"RealTimeNotifications", "RealTimeEventsLog", "SignalRGroups"';
    const other = await holding(database.url, `LOCK TABLE ${tables} IN ACCESS EXCLUSIVE MODE`);
    await insertProject(sql);
    expect(await refresh(context(), { statementMs: 1_000 })).toMatchObject({ outcome: 'done' });
    await later(1);
    await expect(flush()).rejects.toMatchObject({ code: '55P03' });
    await other`COMMIT`;
    await flush();
    expect(await totals()).toEqual([1]);
  });
});

describe('what is queued', () => {
  test('is nothing for a refresh that rolled back', async () => {
    await refreshAndDeliver();
    await later(20);
    await flush();
    const before = [await notifications(sql), await events()];
    await insertProject(sql);
    const failing = checkedAtCommit(sql, () => Promise.reject(new Error('no commit')));
    await expect(refresh(context(true, failing))).rejects.toThrow('no commit');
    await later(20);
    expect(await flush()).toBeUndefined();
    expect([await notifications(sql), await events()]).toEqual(before);
  });

  test('is delivered by another node where the one that refreshed was killed before it could', async () => {
    await insertProject(sql);
    await refresh(context());
    await flush(true, connectForTest(database.url, { max: 2 }));
    expect(await totals()).toEqual([1]);
    expect(await events()).toHaveLength(1);
  });

  test('is delivered once when many nodes try at the same time', async () => {
    await refresh(context());
    await Promise.all(Array.from({ length: 8 }, () => flush()));
    const groups = (await notifications(sql)).map(({ group }) => group);
    expect(groups).toHaveLength(1 + 4 + 5);
    expect(new Set(groups).size).toBe(groups.length);
    expect(await events()).toHaveLength(1);
  });

  test('is neither delivered nor waited for while another node delivers', async () => {
    await refresh(context());
    const node = await holding(database.url, 'SELECT FROM dashboard_stats.outbox FOR UPDATE');
    expect(await flush()).toBeUndefined();
    expect(await notifications(sql)).toEqual([]);
    await node`COMMIT`;
    await flush();
    expect(await notifications(sql)).toHaveLength(1 + 4 + 5);
  });

  test('for one group is delivered when it is due, whatever is queued for another', async () => {
    await refreshAndDeliver();
    const [last] = await pendingOf(sql, 'all_users');
    await sql`UPDATE dashboard_stats.notified SET written_at = written_at - INTERVAL '1 second' WHERE cache_key = 'region:northern'`;
    await insertProject(sql, { region: 'northern' });
    await refresh(context());
    await flush();
    expect(await totals('region_northern')).toEqual([1]);
    expect(await msAfter(last)).toSatisfy(noneOrASecond);
  });

  test('within a second of the last write to a group waits, and the caller gets to know for how long', async () => {
    await refreshAndDeliver();
    const [last] = await pendingOf(sql, 'all_users');
    await insertProject(sql);
    await refresh(context());
    const wait = await flush();
    const ms = await msAfter(last);
    expect(ms).toSatisfy(noneOrASecond);
    if (ms === 0) expect(wait).toSatisfy((left: number) => left > 0 && left <= 1_000);
    await later(1);
    await flush();
    expect(await totals()).toEqual([1]);
  });

  test('does not wait for a time that a clock, since put back, has left behind', async () => {
    await refreshAndDeliver();
    await later(-86_400);
    await insertProject(sql);
    await refresh(context());
    await flush();
    expect(await totals()).toEqual([1]);
    expect(await events()).toHaveLength(2);
  });
});

describe('the log of events', () => {
  test('gets one row in ten seconds, which covers every refresh since the last', async () => {
    const { revision: first } = await refresh(context());
    await flush();
    const revisions: number[] = [];
    for (let i = 0; i < 4; i++) {
      await insertProject(sql, { region: 'northern' });
      revisions.push((await refresh(context())).revision);
      await later(1);
      await flush();
    }
    expect(await events()).toHaveLength(1);
    await later(6);
    await flush();
    const [opening, covering, ...more] = await events();
    expect(more).toEqual([]);
    expect(opening?.data).toMatchObject({ revisions: [first], refreshes: 1 });
    expect(covering?.data).toEqual({ keys: ['global', 'region:northern'], revisions, refreshes: 4 });
    expect(covering).toMatchObject({
      groups: ['all_users', 'region_northern'],
      delivery: 1,
      entityId: await documentId('global'),
    });
    expect(covering?.ms).toBeGreaterThan(0);
  });

  test('is written with NOTIFICATIONS=off too, and nothing else is', async () => {
    await insertProject(sql);
    await refresh(context(false));
    await flush(false);
    expect(await events()).toHaveLength(1);
    expect(await notifications(sql)).toEqual([]);
    expect(await sql`SELECT FROM dashboard_stats.queued_notifications`).toHaveLength(0);
  });

  test('gets nothing of a refresh that found nothing changed', async () => {
    await refreshAndDeliver();
    await refresh(context(), { force: true });
    await later(20);
    await flush();
    expect(await events()).toHaveLength(1);
  });
});

describe('a group of SignalR', () => {
  const groups = () => sql<{ name: string; type: string; description: string }[]>`
    SELECT "GroupName" AS name, "GroupType" AS type, "Description" AS description FROM "SignalRGroups" ORDER BY 1`;

  test('is there for a region and a facility type that are added later, once', async () => {
    await refreshAndDeliver();
    const before = await groups();
    await sql`INSERT INTO "ProjectRegions" ("RegionName", "RegionDisplayName") VALUES ('southern', 'Southern Thailand')`;
    await sql`
      INSERT INTO "WaterFacilityTypes" ("FacilityTypeName", "FacilityDisplayName", "SignalRGroupName")
      VALUES ('well', 'Wells', 'facility_wells'), ('spring', 'Springs', 'facility_wells'), ('none', 'None', NULL)`;
    await refreshAndDeliver();
    await insertProject(sql, { region: 'southern' });
    await refreshAndDeliver();
    const added = (await groups()).filter(({ name }) => !before.some((one) => one.name === name));
    expect(added).toEqual([
      { name: 'facility_wells', type: 'facility', description: 'Springs updates' },
      { name: 'region_southern', type: 'region', description: 'Southern Thailand updates' },
    ]);
    expect(await totals('region_southern')).toEqual([1]);
    // Two documents, two facts.
    const wells = await pendingOf(sql, 'facility_wells');
    expect(wells.map(({ data }) => data.facilityType).sort()).toEqual(['spring', 'well']);
  });
});
