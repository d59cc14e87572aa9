/** Which routes of the app a path has. What stands at a pattern with a `*` is middleware, and no route. */
import type { Env, Hono } from 'hono';

export type Routed = Pick<Hono<Env>, 'router'>;

/** The pattern of the route, `/stats/regions/:name`; undefined where there is none. */
export function routeAt({ router }: Routed, method: string, path: string): string | undefined {
  const [matched] = router.match(method === 'HEAD' ? 'GET' : method, path);
  for (let i = matched.length - 1; i >= 0; i--) {
    const pattern = matched[i]?.[0][1].path;
    if (pattern && !pattern.includes('*')) return pattern;
  }
  return undefined;
}

/** The methods that `path` takes (for 405 and Allow, RFC 9110 section 10.2.1); none where there is no such path. */
export function methodsOf(app: Routed, path: string): string[] {
  return ['GET', 'HEAD', 'POST'].filter((method) => routeAt(app, method, path) !== undefined);
}
