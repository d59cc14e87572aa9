import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Reading } from '../../cache/reader.ts';
import { allKeys, type Snapshot } from '../../cache/snapshot.ts';
import { UnknownScopeError } from '../../errors.ts';
import type { StatsService } from '../../service/service.ts';
import { GLOBAL_KEY, scopeKey } from '../../stats/keys.ts';
import { documentSchema, FIELDS } from '../../stats/schema.ts';
import { type AnswerContext, answer } from '../answer.ts';
import { asksForCurrent } from '../caching.ts';
import { json, problems } from '../openapi.ts';

/** More keys than this in one request are refused. */
const MAX_KEYS = 100;
/** What fits into "DashboardStatsCache"."Version". */
const MAX_REVISION = 2_147_483_647;

/** A comma-separated list that may also be repeated: `a,b` or `x=a&x=b`. Blanks count: a name may begin or end with one. */
export const list = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (Array.isArray(value) ? value : [value]).flatMap((part) => part.split(',')));

export const keysQuery = list
  .refine((keys) => keys.every((key) => key !== ''), 'is empty, or has an empty item')
  .refine((keys) => keys.length <= MAX_KEYS, `has more than ${MAX_KEYS} keys`)
  .optional()
  .openapi({
    type: 'string',
    description: 'Cache keys, comma-separated or repeated; at most 100',
    example: 'global,region:northern',
  });

const selection = {
  fields: list
    .transform((fields) => fields.map((field) => field.trim()))
    .pipe(z.array(z.enum(FIELDS as [string, ...string[]])))
    .transform(normalized)
    .optional()
    .openapi({
      type: 'string',
      description: `Members of statistics to keep: ${FIELDS.join(', ')}`,
      example: 'statusBreakdown,capacity',
    }),
  minRevision: z
    .string()
    .regex(/^\d+$/, 'is not a revision: a whole number')
    .transform(Number)
    .pipe(z.number().max(MAX_REVISION))
    .optional()
    .openapi({ type: 'integer', description: 'Wait up to 2 s until this node has applied that revision' }),
};
/** In the order of the schema, each once, undefined for all: the same selection is the same entry of the caches. */
function normalized(wanted: readonly string[]): string[] | undefined {
  const kept = FIELDS.filter((field) => wanted.includes(field));
  return kept.length === FIELDS.length ? undefined : kept;
}

const selectionQuery = z.strictObject(selection);
type Selection = z.output<typeof selectionQuery>;

const newest = {
  version: z.int().openapi({ description: 'The newest version among the items' }),
  asOf: z.iso
    .datetime()
    .nullable()
    .openapi({ description: 'The newest asOf among the items; null when there are none' }),
};
const itemsSchema = z.object({ ...newest, items: z.array(documentSchema) }).openapi('StatsList');
const bundleSchema = z
  .object({
    ...newest,
    global: documentSchema,
    regions: z.array(documentSchema),
    facilities: z.array(documentSchema),
  })
  .openapi('StatsBundle');

const nameParam = (what: string) =>
  z.object({ name: z.string().openapi({ description: `${what}, or its id` }) });

/** Reads of statistics: all of them answer from memory unless something has to be computed first. */
export function statsRoutes(app: OpenAPIHono, service: StatsService, context: AnswerContext): void {
  const read = (c: Context, query: Selection, choose: (snapshot: Snapshot) => readonly string[]) =>
    service.read(choose, {
      fields: query.fields,
      minRevision: query.minRevision,
      current: asksForCurrent(c.req.header('Cache-Control')),
    });

  const single = async (c: Context, query: Selection, choose: (snapshot: Snapshot) => string) => {
    const reading = await read(c, query, (snapshot) => [choose(snapshot)]);
    const item = reading.items[0];
    const id = `${lineageOf(reading)}/${item?.entry.key}@${item?.entry.version}?${query.fields ?? ''}`;
    return answer(c, context, reading, id, () => item?.text ?? '');
  };

  const many = async (
    c: Context,
    query: Selection,
    name: string,
    choose: (snapshot: Snapshot) => readonly string[],
  ) => {
    const reading = await read(c, query, choose);
    return answer(c, context, reading, contentId(name, reading, query), () => {
      return `{${newestOf(reading)},"items":[${reading.items.map((item) => item.text).join(',')}]}`;
    });
  };

  app.openapi(
    createRoute({
      method: 'get',
      path: '/stats',
      summary: 'A dashboard in one request, or the documents of some keys',
      request: { query: z.strictObject({ keys: keysQuery, ...selection }) },
      responses: {
        200: json(z.union([bundleSchema, itemsSchema]), 'All scopes, or those asked for in order'),
        304: { description: 'Not modified' },
        ...problems(400, 404, 503),
      },
    }),
    async (c) => {
      const { keys, ...query } = c.req.valid('query');
      if (keys) return (await many(c, query, `keys:${keys.join(',')}`, () => keys)) as never;
      const reading = await read(c, query, allKeys);
      return (await answer(c, context, reading, contentId('bundle', reading, query), () =>
        bundle(reading),
      )) as never;
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/stats/global',
      summary: 'Statistics of all projects',
      request: { query: selectionQuery },
      responses: {
        200: json(documentSchema, 'The document'),
        304: { description: 'Not modified' },
        ...problems(400, 503),
      },
    }),
    async (c) => (await single(c, c.req.valid('query'), () => GLOBAL_KEY)) as never,
  );

  for (const { path, type, of, what } of [
    { path: '/stats/regions', type: 'regional', of: (s: Snapshot) => s.regions, what: 'RegionName' },
    {
      path: '/stats/facilities',
      type: 'facility',
      of: (s: Snapshot) => s.facilities,
      what: 'FacilityTypeName',
    },
  ] as const) {
    app.openapi(
      createRoute({
        method: 'get',
        path,
        summary: `Statistics by ${what}`,
        request: { query: selectionQuery },
        responses: {
          200: json(itemsSchema, 'One document each, by name'),
          304: { description: 'Not modified' },
          ...problems(400, 503),
        },
      }),
      async (c) => (await many(c, c.req.valid('query'), path, of)) as never,
    );
    app.openapi(
      createRoute({
        method: 'get',
        path: `${path}/{name}`,
        summary: `Statistics of one ${what}`,
        request: { query: selectionQuery, params: nameParam(what) },
        responses: {
          200: json(documentSchema, 'The document'),
          304: { description: 'Not modified' },
          ...problems(400, 404, 503),
        },
      }),
      async (c) => {
        const { name } = c.req.valid('param');
        return (await single(c, c.req.valid('query'), (snapshot) => keyOf(snapshot, type, name))) as never;
      },
    );
  }
}

/** The key of a region or facility type by its name or its id. */
function keyOf(snapshot: Snapshot, type: 'regional' | 'facility', nameOrId: string): string {
  const key = scopeKey(type, nameOrId);
  if (snapshot.entries.has(key)) return key;
  for (const entry of snapshot.entries.values()) {
    if (entry.type === type && entry.entityId === nameOrId.toLowerCase()) return entry.key;
  }
  return key;
}

/** Between two revisions no document changes, so the snapshot's revision names what a list of them holds. */
function contentId(name: string, { snapshot }: Reading, { fields }: Selection): string {
  return `${lineageOf({ snapshot })}/${name}?${fields ?? ''}#${snapshot.position.revision}`;
}

/** Before and after a restore of the database, the same version may be other bytes. */
function lineageOf({ snapshot }: Pick<Reading, 'snapshot'>): string {
  return `${snapshot.position.epoch}:${snapshot.lineage}`;
}

function newestOf({ items }: Reading): string {
  const version = Math.max(0, ...items.map((item) => item.entry.version));
  const asOf =
    items.length === 0 ? null : new Date(Math.max(...items.map((item) => item.entry.asOf.getTime())));
  return `"version":${version},"asOf":${JSON.stringify(asOf)}`;
}

function bundle(reading: Reading): string {
  const [global, ...others] = reading.items;
  const texts = (type: string) => others.filter((item) => item.entry.type === type).map((item) => item.text);
  if (!global) throw new UnknownScopeError([GLOBAL_KEY], undefined);
  return `{${newestOf(reading)},"global":${global.text},"regions":[${texts('regional')}],"facilities":[${texts('facility')}]}`;
}
