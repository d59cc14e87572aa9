/** Null inverter counts become 0 ahead of the step that would hold the whole table for it. */
import { expect, it } from 'vitest';
import { fillInverters } from '../../src/schema/fill-inverters.ts';
import { holding } from '../support/servers/database.ts';
import { eachTestGets20, MANAGER } from '../support/sql/fixtures.ts';

const database = eachTestGets20();
const { sql } = database;

const nulls = async () =>
  (
    await sql`SELECT FROM "Projects" WHERE num_nulls("Inverter125kw", "Inverter80kw", "Inverter60kw", "Inverter40kw") > 0`
  ).length;

it('fills every batch, and writes no project that has its counts', async () => {
  await sql`
    INSERT INTO "Projects" ("ProjectId", "ProjectName", "Address", "ClientInfo", "Status", "StartDate", "ProjectManagerId",
      "Inverter125kw", "Inverter80kw", "Inverter60kw", "Inverter40kw")
    SELECT gen_random_uuid(), 'p', 'a', 'c', 0, now(), ${MANAGER}, 1, NULLIF(n % 2, 0), 3, 4 FROM generate_series(1, 5000) n`;
  const full = () => sql`SELECT "ProjectId", ctid::text FROM "Projects" WHERE "Inverter80kw" = 1 ORDER BY 1`;
  const before = await full();
  expect(await nulls()).toBe(2502);
  await fillInverters(sql, 1000);
  expect(await nulls()).toBe(0);
  expect(await full()).toEqual(before);
});

it('leaves out a project that somebody is writing, instead of waiting for it', async () => {
  const update = `UPDATE "Projects" SET "Team" = 'x' WHERE "ProjectId" = '00000000-0000-4000-8000-000000000001'`;
  const application = await holding(database.url, update);
  await fillInverters(sql, 50);
  await application`ROLLBACK`;
  expect(await nulls()).toBe(1);
});
