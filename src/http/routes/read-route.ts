import { createRoute, type OpenAPIHono, type z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { LRUCache } from 'lru-cache';
import type { NowOrLater } from '../../timing/now-or-later.ts';
import { type json, problems } from '../openapi.ts';
import { invalidRequest } from '../problem.ts';
import { stateOf } from '../request-state.ts';

/** What queries take that were checked already, of each route. */
const CHECKED_BYTES = 256 * 1024;
/** Of what a query says, in bytes for each character of it; and of an empty one. */
const BYTES = { character: 4, query: 200 };

interface Declaration<Q extends z.ZodObject> {
  summary: string;
  query: Q;
  params?: z.ZodObject;
  answer: ReturnType<typeof json>;
}

/** Adds a `GET` route of statistics. */
export type ReadRoute = <Q extends z.ZodObject>(
  path: string,
  declaration: Declaration<Q>,
  handle: (c: Context, query: z.output<Q>) => NowOrLater<Response>,
) => void;

/**
 * Queries of these routes are checked by the schema, which costs more than an answer from memory, and so only once for each text: a
 * dashboard asks for the same again and again.
 *
 * @param requirePrepared throws while the database is not ready to be read
 */
export function readRoutes(app: OpenAPIHono, requirePrepared: () => void): ReadRoute {
  return (path, { summary, query, params, answer }, handle) => {
    const responses = { 200: answer, 304: { description: 'Not modified' }, ...problems(400, 404, 503) };
    const request = { query, ...(params ? { params } : {}) };
    const route = createRoute({ method: 'get', path, summary, request, responses });
    app.openAPIRegistry.registerPath(route);
    const queryOf = queries(query);
    const pattern = route.getRoutingPath();
    app.get(pattern, (c) => {
      stateOf(c).route = pattern;
      requirePrepared();
      return handle(c, queryOf(c));
    });
  };
}

/** @throws Problem 400 */
function queries<Q extends z.ZodObject>(schema: Q): (c: Context) => z.output<Q> {
  const checked = new LRUCache<string, z.output<Q>>({
    maxSize: CHECKED_BYTES,
    sizeCalculation: (_, text) => text.length * BYTES.character + BYTES.query,
  });
  return (c) => {
    const { url } = c.req;
    const begin = url.indexOf('?');
    const text = begin < 0 ? '' : url.slice(begin);
    const known = checked.get(text);
    if (known) return known;
    const values = Object.entries(c.req.queries()).map(([name, all]) => [
      name,
      all.length === 1 ? all[0] : all,
    ]);
    const result = schema.safeParse(Object.fromEntries(values));
    if (!result.success) throw invalidRequest('query', result.error.issues);
    checked.set(text, result.data);
    return result.data;
  };
}
