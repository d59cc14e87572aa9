import { readFile } from 'node:fs/promises';
import type { Sql } from '../../../src/db/connection.ts';

/** A row of "RealTimeNotifications" as the application's hub sees it. */
export interface Notification {
  id: string;
  group: string;
  method: string;
  data: any;
  entityId: string;
  status: number;
  createdAt: Date;
  expiresAt: Date | null;
}

/** Our rows, the oldest first. */
export const notifications = (sql: Sql): Promise<Notification[]> => sql<Notification[]>`
  SELECT "NotificationId" AS id, "GroupName" AS "group", "EventType" AS method, "Data" AS data, "EntityId" AS "entityId",
    "Status" AS status, "CreatedAt" AS "createdAt", "ExpiresAt" AS "expiresAt"
  FROM "RealTimeNotifications" WHERE "CreatedBy" = 'dashboard-stats' ORDER BY "CreatedAt", "GroupName"`;

/** Those of a group that the hub has not sent yet. */
export const pendingOf = async (sql: Sql, group: string): Promise<Notification[]> =>
  (await notifications(sql)).filter((one) => one.status === 0 && one.group === group);

const page = await readFile(new URL('../../../docs/realtime.md', import.meta.url), 'utf8');
/** The statement that a C# constant of the page holds. */
const statement = (name: string) =>
  new RegExp(`string ${name} = """\n(.*?)\n +"""`, 's').exec(page)?.[1] ?? '';

/** What docs/realtime.md shows: takes pending rows, marks them as sent once `send` is through, and lets go. */
export async function takePending(
  sql: Sql,
  send: (rows: { id: string; group: string }[]) => Promise<unknown>,
): Promise<void> {
  await sql.begin(async (tx) => {
    const found = await tx.unsafe<{ NotificationId: string; GroupName: string }[]>(statement('Take'));
    const rows = found.map(({ NotificationId: id, GroupName: group }) => ({ id, group }));
    await send(rows);
    await tx.unsafe(statement('Mark'), [rows.map(({ id }) => id)] as never);
  });
}
