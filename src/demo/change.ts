/**
 * One small change of a demo project, written like the application writes it: the project, its feed of activities and its
 * status changes. Only projects that the demo made are changed, never one that somebody added.
 *
 * What would add up over days is limited for each day, and the rest leads nowhere in the long run: a demo that runs for weeks
 * looks as it did on the first day.
 */
import type { Sql } from '../db/connection.ts';
import { transaction } from '../db/transaction.ts';
import { CHANGES, type Changed, type Kind, type Scene } from './kinds-of-changes.ts';
import { hasTextStatus } from './seed.ts';
import { MANAGERS, STATUS_NAMES } from './words.ts';

export interface DemoChange extends Changed {
  kind: Kind;
}

/** How often each is tried first. */
const WEIGHTS: Readonly<Record<Kind, number>> = {
  activity: 30,
  progress: 25,
  status: 10,
  project: 4,
  dueDate: 15,
  budget: 16,
};

export interface ChangeOptions {
  /** That of the statistics: what is limited by day counts from its midnight. */
  timeZone: string;
  /** Of 0 <= x < 1; default Math.random. */
  random?: () => number;
  /** Keeps to what a day may have; default false. */
  limited?: boolean;
  /** What to try, the first first; default: by chance. */
  kinds?: readonly Kind[];
}

/** @returns null where no project of the demo is left that it could change, or somebody holds it */
export function makeDemoChange(sql: Sql, options: ChangeOptions): Promise<DemoChange | null> {
  const { timeZone, random = Math.random, limited = false } = options;
  const settings = { TimeZone: timeZone };
  return transaction(
    sql,
    { isolation: 'read committed', statementMs: 5_000, lockMs: 1_000, settings },
    async (tx) => {
      const text = await hasTextStatus(tx);
      const usernames = MANAGERS.map(({ username }) => username);
      const scene: Scene = {
        tx,
        isDemo: tx`"CreatedById" IN (SELECT "UserId" FROM "Users" WHERE "Username" = ANY(${usernames}::text[]))`,
        status: (name) => (text ? name : STATUS_NAMES.indexOf(name)),
      };
      const allowed = limited ? await allowedToday(scene) : undefined;
      for (const kind of options.kinds ?? shuffled(random)) {
        if (allowed && !allowed.has(kind)) continue;
        const found = await CHANGES[kind](scene, random);
        if (found) return { ...found, kind };
      }
      return null;
    },
  );
}

/** Every kind once, the likelier ones earlier. */
function shuffled(random: () => number): Kind[] {
  const key = (weight: number) => Math.log(1 - random()) / weight;
  return (Object.entries(WEIGHTS) as [Kind, number][])
    .map(([kind, weight]) => ({ kind, key: key(weight) }))
    .sort((a, b) => b.key - a.key)
    .map(({ kind }) => kind);
}

/**
 * Changes of status come at about the rate of the days before. Events are spread over the whole day: what the day may have still
 * is shared out over what is left of it. What adds up to nothing may always be.
 */
async function allowedToday({ tx }: Scene): Promise<ReadonlySet<Kind>> {
  const [{ eventIsDue, changes, day }] = await tx<
    [{ eventIsDue: boolean | null; changes: number; day: number }]
  >`
    SELECT now() - last > (current_date + 1 - now()) / nullif(greatest(0, most - events), 0) AS "eventIsDue",
      (SELECT count(*)::integer FROM "ProjectStatusHistory" WHERE "ChangedAt" >= current_date)
        + (SELECT count(*)::integer FROM "Projects" WHERE "CreatedAt" >= current_date) AS changes,
      extract(epoch FROM now() - current_date)::float8 / 86400 AS day
    FROM (
      SELECT coalesce(sum("AggregatedCount"), 0) AS events, 300 + abs(hashtext(current_date::text) % 120) AS most,
        coalesce(max("CreatedAt"), current_date) AS last
      FROM "ProjectActivityFeed" WHERE "CreatedAt" >= current_date AND "IsVisible"
    ) AS today`;
  const kinds: Kind[] = ['dueDate', 'budget'];
  if (eventIsDue) kinds.push('activity', 'progress');
  if (changes < 6 + 6 * day) kinds.push('status', 'project');
  return new Set(kinds);
}
