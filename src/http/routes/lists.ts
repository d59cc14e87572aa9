import { z } from '@hono/zod-openapi';
import type { ProjectList } from '../../client/answers.ts';
import type { ListCursor, ListPage } from '../../engine/lists.ts';
import type { StatsService } from '../../service/service.ts';
import { GLOBAL_KEY } from '../../stats/keys.ts';
import { type ListName, LIST_NAMES as NAMES } from '../../stats/lists.ts';
import { andThen } from '../../timing/now-or-later.ts';
import { type AnswerContext, answer } from '../answer.ts';
import { askedBy } from '../caching.ts';
import { noSuch } from '../not-among.ts';
import { json } from '../openapi.ts';
import { Problem } from '../problem.ts';
import type { ReadRoute } from './read-route.ts';
import { readQuery } from './stats.ts';

const MAX_ITEMS = 100;
/** The day and the id of the last project of the part before. */
const CURSOR = /^(\d{4}-\d{2}-\d{2})_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

const day = z.iso.date().nullable();
const itemSchema = z.object({
  projectId: z.guid(),
  name: z.string().nullable().openapi({ description: 'null where the project was deleted a moment ago' }),
  province: z.string().nullable(),
  region: z
    .string()
    .nullable()
    .openapi({ description: 'RegionName of the scope that it counts in; null for none' }),
  facilityType: z.string().nullable(),
  authority: z.string().nullable(),
  team: z.string().nullable(),
  status: z.enum(['planning', 'inProgress', 'completed', 'onHold', 'cancelled']).nullable(),
  completion: z.number(),
  start: day,
  due: day,
  end: day,
  daysLate: z
    .int()
    .nullable()
    .openapi({ description: 'Until its end where it is completed; null where it is not late' }),
  daysLeft: z.int().nullable().openapi({ description: 'Of an open project that is not late' }),
  lastActivity: day,
});
const listSchema = z
  .object({
    version: z.int(),
    asOf: z.iso.datetime(),
    scope: z.string(),
    list: z.enum(NAMES),
    total: z.int().openapi({ description: 'The figure of the document of this version' }),
    items: z.array(itemSchema),
    next: z.string().nullable().openapi({ description: 'To go on with as `after`; null at the end' }),
  })
  .openapi('ProjectList') satisfies z.ZodType<ProjectList>;

const listQuery = readQuery.extend({
  scope: z.string().default(GLOBAL_KEY).openapi({ description: 'A cache key', example: 'region:northern' }),
  limit: z
    .string()
    .regex(/^\d+$/, 'is not a whole number')
    .transform(Number)
    .pipe(z.number().min(1).max(MAX_ITEMS))
    .default(20)
    .openapi({ type: 'integer', description: `Items, at most ${MAX_ITEMS}`, default: 20 }),
  after: z
    .string()
    .refine((text) => cursorOf(text) !== undefined, 'is not what an earlier answer has as next')
    .transform(cursorOf)
    .optional()
    .openapi({ type: 'string', description: '`next` of the part before' }),
});

/** @throws Problem 404 */
export function listNamed(asked: string): ListName {
  const list = NAMES.find((name) => name === asked);
  if (!list) throw noSuch('list', asked, NAMES);
  return list;
}

/** What `after` says; undefined where it is absent or is nothing that an answer had as `next`. */
export function cursorOf(after: string | undefined): ListCursor | undefined {
  const [, day, projectId] = CURSOR.exec(after ?? '') ?? [];
  return day && projectId && z.iso.date().safeParse(day).success ? { day, projectId } : undefined;
}

/** A part of a list as JSON. */
export function listText(list: ListName, scope: string, page: ListPage): string {
  const { version, asOf, total, items, next } = page;
  const head = JSON.stringify({ version, asOf, scope, list, total }).slice(0, -1);
  return `${head},"items":[${items}],"next":${next ? `"${next.day}_${next.projectId}"` : null}}`;
}

/** The projects behind a figure, the worst first. */
export function listRoutes(
  route: ReadRoute,
  service: StatsService,
  { offered, ...context }: AnswerContext & { offered: boolean },
): void {
  const params = z.object({ list: z.string().openapi({ description: NAMES.join(', ') }) });
  route(
    '/stats/lists/{list}',
    {
      summary: 'The projects that a figure counts, the worst first',
      query: listQuery,
      params,
      answer: json(listSchema, 'A part of the list'),
    },
    (c, { scope: key, limit, after, minRevision }) => {
      if (!offered)
        throw new Problem('not-found', 'This service does not serve lists of projects (LISTS=off).');
      const list = listNamed(c.req.param('list') ?? '');
      const read = service.list({ list, key, limit, after }, askedBy(c, { minRevision }));
      return andThen(read, ({ reading, page }) =>
        answer(c, context, reading, page.id, () => listText(list, key, page)),
      );
    },
  );
}
