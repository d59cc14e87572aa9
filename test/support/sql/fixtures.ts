/** Databases in the states that a migration meets. */
import { readFile } from 'node:fs/promises';
import { beforeEach } from 'vitest';
import type { Sql } from '../../../src/db/connection.ts';
import { eachTestGets, type TestDatabase } from '../servers/database.ts';

export const MANAGER = '00000000-0000-4000-8000-00000000000a';
const OTHER_USER = '00000000-0000-4000-8000-00000000000b';

/** As eachTestGets(): a database of schema 2.0 with the rows of addRows(). */
export function eachTestGets20(): TestDatabase {
  const database = eachTestGets('empty');
  beforeEach(async () => {
    await install20(database.sql);
    await addRows(database.sql);
  });
  return database;
}

export async function install20(sql: Sql): Promise<void> {
  await run(sql, './schema-2.0.sql');
}

/** What somebody has who ran steps 1 to 7 of the guide by hand. */
export async function install21ByTheGuide(sql: Sql): Promise<void> {
  await run(sql, './guide-2.1.sql');
}

/** Two users and three projects; the first has every inverter null, the second one of them. */
export async function addRows(sql: Sql, status: (value: number) => string = String): Promise<void> {
  await sql`
    INSERT INTO "Users" ("UserId", "Username", "PasswordHash", "Email", "RoleId", "FullName") VALUES
      (${MANAGER}, 'somchai', 'x', 'somchai@example.com', 2, 'สมชาย ใจดี'),
      (${OTHER_USER}, 'malee', 'x', 'malee@example.com', 3, 'มาลี')`;
  await sql.unsafe(`
    INSERT INTO "Projects" ("ProjectId", "ProjectName", "Address", "ClientInfo", "Status", "StartDate",
      "ProjectManagerId", "CreatedById", "Inverter125kw", "Inverter80kw", "Inverter60kw", "Inverter40kw", "Budget")
    VALUES
      ('00000000-0000-4000-8000-000000000001', 'สถานีผลิตน้ำ', 'จ.เชียงใหม่', 'กปภ.', ${status(0)}, '2024-01-01',
        '${MANAGER}', '${OTHER_USER}', NULL, NULL, NULL, NULL, 12.50),
      ('00000000-0000-4000-8000-000000000002', 'อ่างเก็บน้ำ', 'จ.ตาก', 'กปภ.', ${status(1)}, '2024-02-01',
        '${MANAGER}', NULL, 1, 2, 3, NULL, NULL),
      ('00000000-0000-4000-8000-000000000003', 'โรงสูบน้ำ', 'กทม.', 'กปน.', ${status(2)}, '2024-03-01',
        '${OTHER_USER}', NULL, 4, 5, 6, 7, NULL)`);
}

async function run(sql: Sql, path: string): Promise<void> {
  await sql.unsafe(await readFile(new URL(path, import.meta.url), 'utf8'));
}
