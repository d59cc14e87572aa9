import type { OpenAPIHono } from '@hono/zod-openapi';

const METHODS = ['GET', 'POST'] as const;

/** The methods that `path` takes (for 405 and Allow, RFC 9110 section 10.2.1); empty where there is no such path. */
export function methodNotAllowed(app: OpenAPIHono, path: string): string[] {
  const allowed = METHODS.filter((method) =>
    app.router
      .match(method, path)[0]
      .some(([[, route]]) => route.method === method && !route.path.includes('*')),
  );
  return allowed.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
}
