/** The answer to a path or a method that no route has. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import { nearest } from '../stats/nearest.ts';
import { Problem } from './problem.ts';
import { methodsOf } from './routes-at.ts';

/** Comparing is slow for long texts. */
const MAX_COMPARED = 200;

export function noSuchRoute(app: OpenAPIHono, path: string): Problem {
  const allowed = methodsOf(app, path).join(', ');
  return allowed === ''
    ? new Problem(
        'not-found',
        `There is nothing at ${path}. ${didYouMean(app, path) ?? 'See /docs for what there is.'}`,
      )
    : new Problem('method-not-allowed', `${path} takes ${allowed}.`, { headers: { Allow: allowed } });
}

/** A path whose names are filled in from what was asked: `/stats/region/northern` may mean `/stats/regions/northern`. */
function didYouMean(app: OpenAPIHono, path: string): string | undefined {
  if (path.length > MAX_COMPARED) return undefined;
  const parts = path.split('/');
  const paths = app.routes
    .filter(({ path: route }) => !route.includes('*') && !route.startsWith('/assets/'))
    .map(({ path: route }) =>
      route.split('/').map((part, i) => (part.startsWith(':') ? parts[i] || part : part)),
    )
    // A name that is missing cannot be guessed.
    .filter((filled) => !filled.some((part) => part.startsWith(':')))
    .map((filled) => filled.join('/'));
  const meant = nearest(path, paths);
  return meant && `Did you mean ${meant}?`;
}
