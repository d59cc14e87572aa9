import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Reading } from '../../cache/reader.ts';
import { allKeys, type Snapshot } from '../../cache/snapshot.ts';
import type { StatsService } from '../../service/service.ts';
import { GLOBAL_KEY, scopeKey } from '../../stats/keys.ts';
import { documentSchema, FIELDS } from '../../stats/schema.ts';
import { andThen } from '../../timing/now-or-later.ts';
import { type AnswerContext, answer } from '../answer.ts';
import { askedBy } from '../caching.ts';
import { notAmong } from '../not-among.ts';
import { json } from '../openapi.ts';
import type { ReadRoute } from './read-route.ts';

/** A list in a query has so many items at most. */
const MAX_NAMES = 100;
/** What fits into "DashboardStatsCache"."Version". */
const MAX_REVISION = 2_147_483_647;

/**
 * A comma-separated list that may also be repeated: `a,b` or `x=a&x=b`. Blanks count: a name may begin or end with one. A comma of a name
 * is written with a backslash before it.
 */
export const commaSeparated = z
  .union([z.string(), z.array(z.string())], { error: 'is missing' })
  .transform((value) => (Array.isArray(value) ? value : [value]).flatMap(items));

function items(list: string): string[] {
  return list.split(/(?<!\\),/).map((item) => item.replaceAll('\\,', ','));
}

/** A list of at most 100 names, none of them empty. */
export const namesQuery = (what: string, description: string, example: string) =>
  commaSeparated
    .refine((names) => !names.includes(''), 'is empty, or has an empty item')
    .refine((names) => names.length <= MAX_NAMES, `has more than ${MAX_NAMES} ${what}`)
    .optional()
    .openapi({
      type: 'string',
      description: `${description}, comma-separated or repeated; at most 100. A comma of a name is written \\,`,
      example,
    });

export const keysQuery = namesQuery('keys', 'Cache keys', 'global,region:northern');

/** What every read of /stats takes. */
export const readQuery = z.strictObject({
  minRevision: z
    .string()
    .regex(/^\d+$/, 'is not a revision: a whole number')
    .transform(Number)
    .pipe(z.number().max(MAX_REVISION))
    .optional()
    .openapi({ type: 'integer', description: 'Wait up to 2 s until this node has applied that revision' }),
});
/** Members of `statistics` to keep; undefined for all. */
export const fieldsQuery = commaSeparated
  .transform((fields) => fields.map((field) => field.trim()))
  .pipe(z.array(z.enum(FIELDS as [string, ...string[]], { error: unknownField })))
  .transform(normalized)
  .optional()
  .openapi({
    type: 'string',
    description: `Members of statistics to keep: ${FIELDS.join(', ')}`,
    example: 'statusBreakdown,capacity',
  });

const selectionQuery = readQuery.extend({ fields: fieldsQuery });
type StatsQuery = z.output<typeof selectionQuery>;

function unknownField({ input }: { input?: unknown }): string {
  return notAmong(String(input), FIELDS);
}

/** In the order of the schema, each once, undefined for all: the same selection is the same entry of the caches. */
function normalized(wanted: readonly string[]): string[] | undefined {
  const kept = FIELDS.filter((field) => wanted.includes(field));
  return kept.length === FIELDS.length ? undefined : kept;
}

const newest = {
  version: z.int().openapi({ description: 'The newest version among the items' }),
  asOf: z.iso
    .datetime()
    .nullable()
    .openapi({ description: 'The newest asOf among the items; null when there are none' }),
};
const documents = z.array(documentSchema);
const itemsSchema = z.object({ ...newest, items: documents }).openapi('StatsList');
const bundleSchema = z
  .object({ ...newest, global: documentSchema, regions: documents, facilities: documents })
  .openapi('StatsBundle');

/** Reads of statistics: all of them answer from memory unless something has to be computed first. */
export function statsRoutes(route: ReadRoute, service: StatsService, context: AnswerContext): void {
  const read = (c: Context, query: StatsQuery, choose: (snapshot: Snapshot) => readonly string[]) =>
    service.read(choose, askedBy(c, query));

  const single = (c: Context, query: StatsQuery, choose: (snapshot: Snapshot) => string) =>
    andThen(
      read(c, query, (snapshot) => [choose(snapshot)]),
      (reading) => {
        const { entry, text } = onlyItem(reading);
        return answer(c, context, reading, selected(entry.id, query), () => text);
      },
    );

  /** @param name names the list: between two revisions no document changes, so that the same list is the same content */
  const many = (
    c: Context,
    query: StatsQuery,
    name: string,
    choose: (snapshot: Snapshot) => readonly string[],
    members = listMembers,
  ) =>
    andThen(read(c, query, choose), (reading) => {
      const id = contentId(`${name}#${reading.snapshot.position.revision}`, reading);
      const text = () => `{${newestOf(reading)},${members(reading)}}`;
      return answer(c, context, reading, selected(id, query), text);
    });

  route(
    '/stats',
    {
      summary: 'A dashboard in one request, or the documents of some keys',
      query: selectionQuery.extend({ keys: keysQuery }),
      answer: json(z.union([bundleSchema, itemsSchema]), 'All scopes, or those asked for in order'),
    },
    (c, { keys, ...query }) =>
      keys
        ? many(c, query, `keys:${JSON.stringify(keys)}`, () => keys)
        : many(c, query, 'bundle', allKeys, bundleMembers),
  );

  const one = { query: selectionQuery, answer: json(documentSchema, 'The document') };
  route('/stats/global', { ...one, summary: 'Statistics of all projects' }, (c, query) =>
    single(c, query, () => GLOBAL_KEY),
  );

  for (const [path, type, of, what, column] of [
    ['/stats/regions', 'regional', 'regions', 'region', 'RegionName'],
    ['/stats/facilities', 'facility', 'facilities', 'facility type', 'FacilityTypeName'],
  ] as const) {
    const all = { query: selectionQuery, answer: json(itemsSchema, 'One document each, by name') };
    route(path, { ...all, summary: `Statistics by ${what}` }, (c, query) =>
      many(c, query, path, (snapshot) => snapshot[of]),
    );
    const params = z.object({ name: z.string().openapi({ description: `${column}, or its id` }) });
    route(`${path}/{name}`, { ...one, params, summary: `Statistics of one ${what}` }, (c, query) =>
      single(c, query, (snapshot) => keyOf(snapshot, type, c.req.param('name') ?? '')),
    );
  }
}

/** Of a read of one key. */
export function onlyItem({ items: [item] }: Reading): Reading['items'][number] {
  if (!item) throw new Error('A read answers for each key that it is asked for.');
  return item;
}

/** The key of a region or facility type by its name or its id. */
export function keyOf(snapshot: Snapshot, type: 'regional' | 'facility', nameOrId: string): string {
  const key = scopeKey(type, nameOrId);
  if (snapshot.entries.has(key)) return key;
  for (const entry of snapshot.entries.values()) {
    if (entry.type === type && entry.entityId === nameOrId.toLowerCase()) return entry.key;
  }
  return key;
}

/** Before and after a restore of the database, the same version may be other bytes: the lineage tells them apart. */
export function contentId(name: string, { snapshot }: Reading): string {
  return `${snapshot.lineage}/${name}`;
}

function selected(id: string, { fields }: StatsQuery): string {
  return fields === undefined ? id : `${id}?${fields}`;
}

function newestOf({ items }: Reading): string {
  const version = Math.max(0, ...items.map((item) => item.entry.version));
  // Of no items it is no date, which JSON writes as null.
  const asOf = new Date(Math.max(...items.map((item) => item.entry.asOf.getTime())));
  return `"version":${version},"asOf":${JSON.stringify(asOf)}`;
}

function listMembers({ items }: Reading): string {
  return `"items":[${items.map((item) => item.text)}]`;
}

function bundleMembers({ items: [global, ...others] }: Reading): string {
  const texts = (type: string) => others.filter((item) => item.entry.type === type).map((item) => item.text);
  return `"global":${global?.text},"regions":[${texts('regional')}],"facilities":[${texts('facility')}]`;
}
