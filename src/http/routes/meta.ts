import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { allKeys, entriesOf } from '../../cache/snapshot.ts';
import type { Meta as MetaAnswer } from '../../client/answers.ts';
import { PROVINCES } from '../../geography/provinces.ts';
import type { StatsService } from '../../service/service.ts';
import { GLOBAL_KEY } from '../../stats/keys.ts';
import { LIST_NAMES } from '../../stats/lists.ts';
import { documentSchema, METRICS, metricSchema, type StatsDocument } from '../../stats/schema.ts';
import { type Titles, titleOf, titleSchema } from '../../stats/titles.ts';
import { json, noQuery, problems } from '../openapi.ts';

const named = z.object({ name: z.string(), title: titleSchema });
const scopeSchema = documentSchema
  .pick({ key: true, type: true, entityId: true, displayName: true })
  .extend({ title: titleSchema });
const metaSchema = z
  .object({
    timeZone: z.string(),
    demo: z.boolean(),
    scopes: z.array(scopeSchema),
    statuses: z.array(named).openapi({ description: 'Members of statusBreakdown' }),
    provinces: z
      .array(named)
      .openapi({ description: 'By their Thai names, as documents have them; `other` stands for all else' }),
    authorities: z.array(named).openapi({ description: 'Those that have projects now' }),
    lists: z
      .array(z.enum(LIST_NAMES))
      .openapi({ description: 'Of GET /stats/lists/{list}; none with LISTS=off' }),
    metrics: z.array(metricSchema),
  })
  .openapi('Meta') satisfies z.ZodType<MetaAnswer>;

const STATUSES = 'statusBreakdown.';

export type Meta = z.infer<typeof metaSchema>;

/** What there is, and what it is called: for whoever draws the statistics. */
export function metaOf(
  service: StatsService,
  { timeZone, demo, titles, lists }: { timeZone: string; demo: boolean; titles: Titles; lists: boolean },
): () => Promise<Meta> {
  const metrics = METRICS.map((metric) => ({ ...metric, title: titles[metric.path] ?? metric.title }));
  const statuses = metrics
    .filter(({ path }) => path.startsWith(STATUSES))
    .map(({ path, title }) => ({ name: path.slice(STATUSES.length), title }));
  const provinces = [...PROVINCES, { thai: 'other', english: 'Other provinces' }].map(
    ({ thai, english }) => ({
      name: thai,
      title: titleOf(`province:${thai}`, thai, titles, english),
    }),
  );

  return async () => {
    const { snapshot, items } = await service.read(() => [GLOBAL_KEY], { fields: ['breakdown'] });
    const scopes = entriesOf(snapshot, allKeys(snapshot)).map(({ key, type, entityId, displayName }) => ({
      ...{ key, type, entityId, displayName },
      title: titleOf(key, displayName, titles),
    }));
    const [global] = items;
    const document = global && (JSON.parse(global.text) as Pick<StatsDocument, 'statistics'>);
    const authorities = (document?.statistics.breakdown.authorities ?? []).map(({ name }) => ({
      name,
      title: titleOf(`authority:${name}`, name, titles, name === 'unassigned' ? 'Not assigned' : name),
    }));
    return {
      ...{ timeZone, demo, scopes, statuses, provinces, authorities },
      lists: lists ? [...LIST_NAMES] : [],
      metrics: [...metrics],
    };
  };
}

export function metaRoute(app: OpenAPIHono, meta: () => Promise<Meta>): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/meta',
      summary: 'The scopes there are, what each figure means, and what all of it is called',
      request: { query: noQuery },
      responses: { 200: json(metaSchema, 'Names and titles'), ...problems(400, 503) },
    }),
    async (c) => c.json(await meta(), 200, { 'Cache-Control': 'private, no-cache' }),
  );
}
