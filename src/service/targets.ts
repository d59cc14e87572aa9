/** Which documents callers mean by projects or SignalR groups. */
import type { Sql } from '../db/connection.ts';
import { scopesOfProjects } from '../engine/sql/named-scopes.ts';
import { UnknownScopeError } from '../errors.ts';
import { GLOBAL_KEY, scopeKey } from '../stats/keys.ts';
import { nearest } from '../stats/nearest.ts';

/** @throws UnknownScopeError for projects that do not exist */
export async function keysOfProjects(sql: Sql, projectIds: readonly string[]): Promise<string[]> {
  const found = await scopesOfProjects(sql, projectIds);
  const ids = new Set(found.map((project) => project.projectId));
  const unknown = projectIds.filter((id) => !ids.has(id.toLowerCase()));
  if (unknown.length > 0) throw new UnknownScopeError(unknown, undefined, 'project ');
  const keys = found.flatMap(({ region, facility }) => [
    GLOBAL_KEY,
    ...(region === null ? [] : [scopeKey('regional', region)]),
    ...(facility === null ? [] : [scopeKey('facility', facility)]),
  ]);
  return [...new Set(keys)];
}

/**
 * @param facilityGroups the group of each facility type; asked for where `groups` has one that is of none else
 * @throws UnknownScopeError for groups that have no figures
 */
export async function keysOfGroups(
  groups: readonly string[],
  facilityGroups: () => Promise<{ group: string; name: string }[]>,
): Promise<string[]> {
  const isOther = (group: string) => group !== 'all_users' && !group.startsWith('region_');
  const facilities = groups.some(isOther) ? await facilityGroups() : [];
  const keys = groups.map((group) => {
    if (group === 'all_users') return [GLOBAL_KEY];
    if (group.startsWith('region_')) return [scopeKey('regional', group.slice('region_'.length))];
    return facilities.filter((one) => one.group === group).map(({ name }) => scopeKey('facility', name));
  });
  const unknown = groups.filter((_, i) => keys[i]?.length === 0);
  if (unknown[0] !== undefined) {
    const known = ['all_users', ...facilities.map(({ group }) => group)];
    throw new UnknownScopeError(unknown, nearest(unknown[0], known), 'group ');
  }
  return keys.flat();
}
