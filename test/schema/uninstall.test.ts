/** The service leaves a database: all that is its own goes, and the application notices nothing. */
import { describe, expect, it } from 'vitest';
import type { Sql } from '../../src/db/connection.ts';
import { buildCells } from '../../src/engine/build.ts';
import { refresh } from '../../src/engine/refresh.ts';
import { deliverQueued } from '../../src/outbox/deliver.ts';
import { loadMigrations, migrate } from '../../src/schema/migrator.ts';
import { requireStopped, uninstall, whatStays } from '../../src/schema/uninstall.ts';
import { insertProject } from '../support/application/projects.ts';
import { alterDatabase, connectForTest, eachTestGets, holding } from '../support/servers/database.ts';
import { withRole } from '../support/servers/role.ts';
import { engineContext } from '../support/service/engine-context.ts';
import { describeSchema, fingerprint, readRows } from '../support/sql/catalog.ts';
import { addRows, install20 } from '../support/sql/fixtures.ts';

const files = await loadMigrations();
const UP_TO_THE_GUIDE = { to: 8 };
const content = async (sql: Sql) => ({ objects: await describeSchema(sql), rows: await readRows(sql) });
const schemas = (sql: Sql) => sql`SELECT FROM pg_namespace WHERE nspname = 'dashboard_stats'`;

describe('uninstall', () => {
  const database = eachTestGets('empty');
  const { sql } = database;

  it('leaves the catalog and the rows as the guide made them, whatever the service wrote, and migrate works again', async () => {
    await install20(sql);
    await addRows(sql);
    await migrate(sql, files, UP_TO_THE_GUIDE);
    await sql`INSERT INTO "DashboardStatsCache" ("CacheKey", "CacheType", "ExpiresAt")
      VALUES ('project:1', 'project', now()), ('region:south', 'regional', now())`;
    const before = await content(sql);
    await migrate(sql, files);
    const migrated = await describeSchema(sql);
    await refresh(engineContext(sql));
    expect(await buildCells(engineContext(sql))).toBe(true);
    await deliverQueued({ sql, notifications: true, notificationTtlSeconds: 600 });
    expect(await uninstall(sql)).toMatchObject({
      ...{ documents: 10, notifications: 10 },
      triggersOn: expect.arrayContaining(['"Projects"', '"WaterFacilityTypes"']),
      indexes: expect.arrayContaining(['UX_DashboardStatsCache_CacheKey']),
    });

    const { objects, rows } = await content(sql);
    expect(objects).toEqual(before.objects);
    // What was logged, and groups that clients may have joined, stay.
    const { SignalRGroups, RealTimeEventsLog } = before.rows;
    expect({ ...rows, SignalRGroups, RealTimeEventsLog }).toEqual(before.rows);
    expect(await schemas(sql)).toHaveLength(0);
    expect(await sql`SELECT FROM pg_trigger WHERE NOT tgisinternal`).toHaveLength(0);
    expect((await migrate(sql, files)).every((one) => one.state === 'applied')).toBe(true);
    expect(await describeSchema(sql)).toEqual(migrated);
  });

  it('removes what a part of the migrations made, and finds nothing where none was run', async () => {
    expect(await uninstall(sql)).toBeUndefined();
    expect(await whatStays(sql)).toEqual({ tables: [], columnsOfProjects: [] });
    await install20(sql);
    await migrate(sql, files, { to: 3 });
    expect(await uninstall(sql)).toEqual({
      ...{ triggersOn: [], indexes: [], tables: ['dashboard_stats.migrations'] },
      ...{ documents: 0, notifications: 0 },
    });
    expect(await schemas(sql)).toHaveLength(0);
  });

  it('works in the schema that "Projects" lies in', async () => {
    await sql`CREATE SCHEMA "My App"`;
    await alterDatabase(sql, 'search_path = "My App"');
    const theirs = connectForTest(database.url);
    await install20(theirs);
    await migrate(theirs, files, UP_TO_THE_GUIDE);
    const before = await describeSchema(sql, 'My App');
    await migrate(theirs, files);
    await uninstall(theirs);
    expect(await describeSchema(sql, 'My App')).toEqual(before);
  });
});

describe('uninstall of a migrated database', () => {
  const database = eachTestGets('migrated');
  const { sql } = database;

  it('lets the application write between its attempts, and removes all once nobody holds a lock', async () => {
    const holder = await holding(database.url, 'LOCK TABLE "ProjectRegions" IN ROW EXCLUSIVE MODE');
    const removing = uninstall(sql, 50);
    // An attempt that never gave up would keep them waiting until this test ends the holder's transaction: for ever.
    for (let written = 0; written < 40; written++) await insertProject(sql);
    expect(await schemas(sql)).toHaveLength(1);
    await holder`ROLLBACK`;
    expect(await removing).toBeTruthy();
    await insertProject(sql);
    expect(await sql`SELECT FROM "Projects"`).toHaveLength(41);
  });

  it('run by two at the same time happens once', async () => {
    const removed = await Promise.all([uninstall(sql), uninstall(connectForTest(database.url, { max: 2 }))]);
    expect(removed.filter(Boolean)).toHaveLength(1);
  });

  it('removes nothing where others built a view or a foreign key on our schema, and names each', async () => {
    await sql.unsafe(`CREATE VIEW theirs AS SELECT revision FROM dashboard_stats.state;
      CREATE TABLE key_of_theirs (key text REFERENCES dashboard_stats.documents)`);
    const before = await fingerprint(sql);
    const error = await uninstall(sql).catch((caught) => caught);
    expect(error).toMatchObject({
      name: 'MigrationError',
      help: expect.stringContaining('Drop what is listed'),
    });
    for (const named of ['view theirs depends on', 'on table key_of_theirs depends on'])
      expect(error.message).toContain(named);
    expect(await fingerprint(sql)).toEqual(before);
  });

  it('says to a role that owns not all of it that nothing was changed, and what it needs', async () => {
    await withRole(database, async (theirs, role) => {
      await sql.unsafe(`GRANT USAGE ON SCHEMA dashboard_stats TO ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role};
        GRANT SELECT ON ALL TABLES IN SCHEMA dashboard_stats TO ${role}`);
      await expect(uninstall(theirs)).rejects.toMatchObject({
        name: 'MigrationError',
        message: expect.stringMatching(/nothing was changed: permission denied for table/),
        help: expect.stringContaining('docs/rights.md'),
      });
    });
    expect(await schemas(sql)).toHaveLength(1);
  });

  it('a node or a command that is connected stops an uninstall; the application does not', async () => {
    await sql.end();
    const own = connectForTest(database.url);
    await holding(database.url, 'SELECT');
    await requireStopped(own);
    await connectForTest(database.url, { applicationName: 'dashboard-stats-workers' })`SELECT`;
    await expect(requireStopped(own)).rejects.toThrow(
      /is connected to .*\n {2}pid \d+, \w+, dashboard-stats-workers/,
    );
  });
});
