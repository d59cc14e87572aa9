/** Text columns with collations of their own: what counts as one region follows from the bytes, in both engines. */
import { expect, test } from 'vitest';
import { readTable } from '../../src/cache/read-table.ts';
import { connect, type Sql } from '../../src/db/connection.ts';
import { audit } from '../../src/engine/audit.ts';
import { estimateHistory } from '../../src/engine/estimate-history.ts';
import { readList } from '../../src/engine/lists.ts';
import { refresh } from '../../src/engine/refresh.ts';
import { facilityGroups, goneScopes, scopesOfProjects } from '../../src/engine/sql/named-scopes.ts';
import { classifyProjects } from '../../src/jobs/classify.ts';
import { deliverQueued } from '../../src/outbox/deliver.ts';
import { loadMigrations, migrate } from '../../src/schema/migrator.ts';
import { insertProject } from '../support/application/projects.ts';
import { asEngine } from '../support/application/three-projects.ts';
import { expectExact, expectOracleAgrees } from '../support/oracle/exact.ts';
import { eachTestGets } from '../support/servers/database.ts';
import { engineContext, putCellsToUse } from '../support/service/engine-context.ts';

const database = eachTestGets('migrated');

/** Each text column of these tables gets one of three collations in turn, so that any two of them may differ. */
const collate = (sql: Sql, options: string, tables: string) =>
  sql.unsafe(`
    CREATE COLLATION own_0 (provider = icu, locale = 'th${options});
    CREATE COLLATION own_1 (provider = icu, locale = 'sv${options});
    CREATE COLLATION own_2 (provider = icu, locale = 'de${options});
    DROP INDEX "UX_DashboardStatsCache_CacheKey", "IX_DashboardStatsCache_Invalid", "IX_RealTimeNotifications_PendingStats";
    DO $$
    DECLARE a record; n integer := 0;
    BEGIN
      FOR a IN SELECT attrelid::regclass AS tab, attname, format_type(atttypid, atttypmod) AS type FROM pg_attribute
        JOIN pg_class ON pg_class.oid = attrelid AND relnamespace = 'public'::regnamespace
        WHERE relkind = 'r' AND relname ~ '${tables}' AND attnum > 0 AND attcollation <> 0 AND NOT attisdropped
      LOOP
        n := n + 1;
        EXECUTE format('ALTER TABLE %s ALTER %I TYPE %s COLLATE own_%s', a.tab, a.attname, a.type, n % 3);
      END LOOP;
    END $$;
    CREATE UNIQUE INDEX "UX_DashboardStatsCache_CacheKey" ON "DashboardStatsCache" ("CacheKey")
      WHERE "CacheType" IN ('global', 'regional', 'facility')`);

test.each([
  ['of their own', `'`, '.'],
  [
    'that take å, A and a for one letter',
    `-u-ks-level1', deterministic = false`,
    '^(Projects|ProjectRegions|WaterFacilityTypes|SignalRGroups|RealTimeNotifications)$',
  ],
])(
  'every statement works under collations %s, and texts are equal where their bytes are',
  async (_, options, tables) => {
    const { sql } = database;
    const context = engineContext(sql);
    await collate(sql, options, tables);
    await sql`
    INSERT INTO "ProjectRegions" ("RegionName", "RegionDisplayName") VALUES ('nörthern', 'Another')`;
    for (const region of ['northern', 'NORTHERN', 'nörthern', 'Nörthern', 'other', null])
      await insertProject(sql, { region, facility: region && 'Reservoir' });
    await sql`UPDATE "Projects" SET "Province" = 'น่าน', "WaterAuthority" = "Region", "EstimatedEndDate" = '2020-01-01'`;
    const fold = async () => {
      expect(await refresh(context)).toMatchObject({ plan: 'fold' });
      await asEngine(sql, expectExact);
      await expectOracleAgrees(sql);
      expect(await audit(context)).toMatchObject({ projects: [], documents: [] });
    };
    await putCellsToUse(context);
    const id = await insertProject(sql, { region: 'Northern', facility: 'RESERVOIR' });
    await fold();
    await sql`UPDATE "Projects" SET "CompletionPercentage" = 7, "Province" = 'nan', "WaterAuthority" = upper("WaterAuthority")`;
    await sql`UPDATE "Projects" SET "Region" = 'NöRTHERN' WHERE convert_to("Region", 'UTF8') = 'northern'`;
    await fold();

    const documents = (await readTable(sql, undefined))?.documents ?? [];
    expect(documents.map(({ key }) => key)).toEqual(
      expect.arrayContaining(['region:northern', 'region:nörthern']),
    );
    expect(
      await readList(context, { list: 'overdue', key: 'region:nörthern', limit: 1, after: undefined }),
    ).toMatchObject({ total: expect.any(Number) });
    expect(await scopesOfProjects(sql, [id])).toEqual([
      { projectId: id, region: 'northern', facility: 'reservoir' },
    ]);
    expect(await facilityGroups(sql)).toHaveLength(5);
    expect(await goneScopes(sql)).toEqual([]);
    await estimateHistory(context);
    await deliverQueued({ sql, notifications: true, notificationTtlSeconds: 60 });
    await sql`UPDATE "Projects" SET "Region" = NULL, "Province" = NULL, "Address" = 'จ.น่าน'`;
    expect(await classifyProjects(sql)).toMatchObject({ read: 7, regions: 7 });
  },
);

test('in a Turkish database the letters A to Z are equal to a to z, as everywhere', async () => {
  const url = new URL(database.url);
  url.pathname += '_turkish';
  const name = url.pathname.slice(1);
  await database.sql.unsafe(`
    CREATE DATABASE ${name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'tr' LC_COLLATE 'C' LC_CTYPE 'C'`);
  const sql = connect(url.href, { max: 3 });
  try {
    await migrate(sql, await loadMigrations());
    await sql`ALTER TABLE "Projects" ALTER "Status" TYPE text`;
    const context = engineContext(sql);
    await putCellsToUse(context);
    await insertProject(sql, { region: 'WESTERN', facility: 'PUMPING_STATION' });
    await sql`UPDATE "Projects" SET "Status" = 'InProgress'`;
    expect(await refresh(context)).toMatchObject({ plan: 'fold' });
    await asEngine(sql, expectExact);
    await expectOracleAgrees(sql);
    const list = {
      list: 'startingNext30Days',
      key: 'facility:pumping_station',
      limit: 1,
      after: undefined,
    } as const;
    await sql`UPDATE "Projects" SET "Status" = 'PLANNING'`;
    await refresh(context);
    expect(await readList(context, list)).toMatchObject({
      total: 1,
      items: [expect.stringContaining('"pumping_station"')],
    });
  } finally {
    await sql.end({ timeout: 1 });
    await database.sql.unsafe(`DROP DATABASE ${name} WITH (FORCE)`);
  }
});
