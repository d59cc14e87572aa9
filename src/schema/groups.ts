import type { Db } from '../db/connection.ts';
import { groupsOfScopes, type ScopeGroup } from '../outbox/groups.ts';
import type { Check } from './check.ts';
import { expected } from './expected.ts';
import { readRows } from './rows.ts';
import { identifier, literal } from './statement.ts';

/** A missing one is reported as a seed row. */
const SEEDED = expected.seeds['SignalRGroups']?.map((row) => row['GroupName']) ?? [];

/**
 * A warning for each active region and facility type whose SignalR group is not there: the service adds it with its next
 * notification, and until then nobody can join it. The tables of both must be as expected.
 */
export async function checkGroups(db: Db, schema: string): Promise<Check[]> {
  const existing = new Set((await readRows(db, schema, 'SignalRGroups')).map((row) => row['GroupName']));
  return (await groupsOfScopes(db))
    .filter(({ name }) => !existing.has(name) && !SEEDED.includes(name))
    .map((group) => ({
      name: `group ${group.name}`,
      status: 'warning',
      detail: '"SignalRGroups" does not have it. The service adds it with its next notification.',
      sql: insertion(schema, group),
    }));
}

function insertion(schema: string, { id, name, type, description, entityId }: ScopeGroup): string {
  const columns = ['GroupId', 'GroupName', 'GroupType', 'Description', 'EntityId', 'IsActive', 'CreatedAt'];
  const values = [id, name, type, description, entityId].map(literal).join(', ');
  return `INSERT INTO ${identifier(schema, 'SignalRGroups')} (${columns.map((column) => identifier(column)).join(', ')})
VALUES (${values}, true, now());`;
}
