/** `/openapi.json`: what each route declares, completed by what holds for all of them, so that none has to repeat it. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import { PROBLEMS, problemType } from './problem-kinds.ts';

const TAGS = {
  Statistics: 'Documents, trends, lists, streams, and what all of it is called',
  Administration: 'What an administrator does and sees',
  Operation: 'For balancers, monitoring and whoever runs the service',
  Events: 'What the application reports',
} as const;

const header = (description: string, schema: object = { type: 'string' }) => ({
  description,
  required: true,
  schema,
});
/** Of every answer that is read from statistics. */
const READ_HEADERS = {
  ETag: header('Names the content in its encoding; for If-None-Match'),
  Age: header('Seconds since the statistics were last known to be the present', { type: 'integer' }),
  'Cache-Status': header(
    'RFC 9211: where the answer came from, and `detail=stale:REASON` where it may lack a change',
  ),
  'Stats-Revision': header('The revision that this node has applied; for minRevision', { type: 'integer' }),
  'Stats-Event-Id': header('Where GET /stats/stream goes on after this answer'),
};
const REQUEST_ID = { 'X-Request-Id': header('As sent, or made here; it is in the log') };
const READ_PARAMETERS = [
  { name: 'If-None-Match', description: 'An ETag that was answered before: 304 where it still holds' },
  { name: 'Cache-Control', description: '`no-cache`: what has changed is computed before the answer' },
].map((parameter) => ({ ...parameter, in: 'header', required: false, schema: { type: 'string' } }));

const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});

interface Operation {
  operationId?: string;
  tags?: string[];
  security?: object[];
  parameters?: object[];
  responses: Record<string, { headers?: object }>;
}

/** @param needsToken whether `GET path` takes a token, by the settings */
export function describeApi(
  app: OpenAPIHono,
  { version, needsToken }: { version: string; needsToken: (path: string) => boolean },
) {
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'dashboard-stats',
      version,
      description:
        'Exact and fresh statistics of solar projects: all of them, by region, and by facility type. For people, `?pretty` indents whatever is JSON.',
      license: { name: 'MIT', url: 'https://spdx.org/licenses/MIT' },
    },
    servers: [{ url: '/' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
  });
  for (const [path, methods] of Object.entries(document.paths ?? {}))
    for (const [method, operation] of Object.entries(methods as Record<string, Operation>))
      complete(operation, method, path, method === 'get' && needsToken(path));
  const problems = Object.entries(PROBLEMS).map(([code, kind]) => ({ type: problemType(code), ...kind }));
  return { ...document, 'x-problems': problems };
}

function complete(operation: Operation, method: string, path: string, needsToken: boolean): void {
  operation.operationId = operationId(method, path);
  operation.tags = [tagOf(method, path)];
  operation.security ??= needsToken ? [{ bearer: [] }] : [];
  const isRead = '304' in operation.responses;
  if (isRead) operation.parameters = [...(operation.parameters ?? []), ...READ_PARAMETERS];
  Object.assign(
    operation.responses,
    operation.security.length > 0 && {
      401: problem('Authorization is missing or wrong'),
      403: problem('The caller may not do this, or nobody may: there is no administrator here'),
      429: problem('There were too many requests; try again after Retry-After seconds'),
    },
    { default: problem('Any other problem') },
  );
  for (const [status, answer] of Object.entries(operation.responses))
    answer.headers = { ...REQUEST_ID, ...(isRead && /^(200|304)$/.test(status) && READ_HEADERS) };
}

function tagOf(method: string, path: string): keyof typeof TAGS {
  if (path.startsWith('/events')) return 'Events';
  if (path.startsWith('/admin') || method === 'post') return 'Administration';
  return /^\/(stats|meta)/.test(path) ? 'Statistics' : 'Operation';
}

/** `getStatsRegionsByName` */
function operationId(method: string, path: string): string {
  const words = path
    .split('/')
    .flatMap((part) => (part.startsWith('{') ? ['by', part.slice(1, -1)] : part.split('-')));
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}
