import type { DocumentMemory } from '../cache/memory.ts';
import { entriesOf } from '../cache/snapshot.ts';
import type { Sql } from '../db/connection.ts';
import { facilityGroups, scopesOfProjects } from '../engine/sql/named-scopes.ts';
import { UnknownScopeError } from '../errors.ts';
import { GLOBAL_KEY, scopeKey } from '../stats/keys.ts';
import { coalesce } from '../timing/coalesce.ts';

/** What a caller may ask to be invalidated; exactly one. */
export type InvalidationTarget =
  | { keys: readonly string[] }
  | { projectIds: readonly string[] }
  | { all: true };

export interface TargetsOptions {
  sql: Sql;
  memory: DocumentMemory;
  /** See Follower.sync. */
  sync: () => Promise<void>;
  /** Computes what nobody has computed yet. */
  refresh: () => Promise<unknown>;
}

/** Which documents callers mean by keys, projects or SignalR groups. */
export class Targets {
  readonly #o: TargetsOptions;
  readonly #facilityGroups = coalesce(() => facilityGroups(this.#o.sql));

  constructor(options: TargetsOptions) {
    this.#o = options;
  }

  /** @returns undefined for all. @throws UnknownScopeError for keys or projects that do not exist */
  async keysOf(target: InvalidationTarget): Promise<readonly string[] | undefined> {
    if ('all' in target) return undefined;
    if ('projectIds' in target) return this.#keysOfProjects(target.projectIds);
    await this.requireKnown(target.keys);
    return target.keys;
  }

  /** @throws UnknownScopeError */
  async requireKnown(keys: readonly string[]): Promise<void> {
    const { memory, sync, refresh } = this.#o;
    await sync();
    // Nobody has computed anything yet: which scopes there are shows when it is.
    if (memory.snapshot?.entries.size === 0) await refresh();
    if (memory.snapshot) entriesOf(memory.snapshot, keys);
  }

  /**
   * The keys whose figures concern SignalR groups of the application.
   *
   * @throws UnknownScopeError for groups that have no figures
   */
  async keysOfGroups(groups: readonly string[]): Promise<string[]> {
    const facilities = groups.some((group) => group !== 'all_users' && !group.startsWith('region_'))
      ? await this.#facilityGroups()
      : [];
    const keys = groups.map((group) => {
      if (group === 'all_users') return [GLOBAL_KEY];
      if (group.startsWith('region_')) return [scopeKey('regional', group.slice('region_'.length))];
      return facilities.filter((one) => one.group === group).map(({ name }) => scopeKey('facility', name));
    });
    const unknown = groups.filter((_, i) => keys[i]?.length === 0);
    if (unknown.length > 0) throw new UnknownScopeError(unknown, undefined, 'group ');
    return keys.flat();
  }

  async #keysOfProjects(projectIds: readonly string[]): Promise<readonly string[]> {
    const { sql, memory, sync } = this.#o;
    await sync();
    const found = await scopesOfProjects(sql, projectIds);
    const ids = new Set(found.map((project) => project.projectId));
    const unknown = projectIds.filter((id) => !ids.has(id.toLowerCase()));
    if (unknown.length > 0) throw new UnknownScopeError(unknown, undefined, 'project ');
    const keys = found.flatMap(({ region, facility }) => [
      GLOBAL_KEY,
      ...(region === null ? [] : [scopeKey('regional', region)]),
      ...(facility === null ? [] : [scopeKey('facility', facility)]),
    ]);
    // A scope that was added a moment ago has no document yet, and so nothing to invalidate.
    return [...new Set(keys)].filter((key) => memory.snapshot?.entries.has(key));
  }
}
