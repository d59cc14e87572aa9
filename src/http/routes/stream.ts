import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { allKeys } from '../../cache/snapshot.ts';
import { AppError } from '../../errors.ts';
import type { StatsService } from '../../service/service.ts';
import { withCommonHeaders } from '../common-headers.ts';
import { problems } from '../openapi.ts';
import { Problem } from '../problem.ts';
import { PROBLEMS, type ProblemCode } from '../problem-kinds.ts';
import { stateOf } from '../request-state.ts';
import type { Selection, StreamBroadcast } from '../stream/broadcast.ts';
import { parseEventId } from '../stream/frames.ts';
import { BodySink, type OpenSink, type Sink } from '../stream/sink.ts';
import { waitToBegin } from '../stream/wait.ts';
import { fieldsQuery, keysQuery, namesQuery } from './stats.ts';

type Streams = Pick<StreamBroadcast, 'open' | 'hold' | 'full' | 'closed'>;

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache, no-transform',
  // nginx would hold the events back.
  'X-Accel-Buffering': 'no',
};

interface StreamRouteOptions {
  requirePrepared: () => void;
  /** Whether a stream may wait for its first documents. */
  waits: boolean;
  /** Default: none of the platform's own. */
  openSink?: OpenSink | undefined;
}

const query = z.strictObject({
  keys: keysQuery,
  groups: namesQuery(
    'groups',
    'SignalR groups (all_users, region_{RegionName}, or a facility type’s group)',
    'region_northern,all_users',
  ),
  fields: fieldsQuery,
  access_token: z
    .string()
    .optional()
    .openapi({ description: 'With READ_AUTH=required: the token of a client that can send no headers' }),
  lastEventId: z.string().optional().openapi({
    description:
      'What the header Last-Event-ID says, for clients that cannot set it; the header wins. An id that this service did not issue gets every document',
  }),
});

/** `GET /stats/stream`: the current documents, and then those that change, as server-sent events. */
export function streamRoute(
  app: OpenAPIHono,
  service: StatsService,
  streams: Streams,
  { requirePrepared, waits, openSink = () => undefined }: StreamRouteOptions,
): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/stats/stream',
      summary: 'Documents as they change, as server-sent events',
      description:
        'Events `stats`, each with a document as its data. The current documents come first; while there are none the stream says so in an event `state`, and goes on when they come. The documents of one refresh come as one batch, of which the last event has the id `{epoch}-{revision}`. Events `state` say whether they are the present: at the beginning, and whenever that changes.',
      request: { query },
      responses: {
        200: { description: 'The stream', content: { 'text/event-stream': { schema: z.string() } } },
        ...problems(400, 404, 503),
      },
    }),
    async (c) => {
      requirePlace(streams);
      const { keys, groups, fields, lastEventId } = c.req.valid('query');
      const id = c.req.header('Last-Event-ID') ?? lastEventId;
      /** @returns begins the stream */
      const prepare = async (): Promise<(sink: Sink) => void> => {
        requirePrepared();
        const asked =
          keys || groups
            ? [...new Set([...(keys ?? []), ...(await service.keysOfGroups(groups ?? []))])]
            : undefined;
        // An unknown key is an error here; one whose scope goes later is left out of the stream.
        const reading = await service.read(asked ? () => asked : allKeys, { fields });
        const selection: Selection = {
          name: `${asked ? JSON.stringify(asked.toSorted()) : '*'}?${fields ?? '*'}`,
          fields,
          choose: asked ? ({ entries }) => asked.filter((key) => entries.has(key)) : allKeys,
        };
        const { callerUntil } = stateOf(c);
        return (sink) => streams.open(sink, selection, reading, parseEventId(id ?? ''), callerUntil);
      };
      const begin = await prepare().catch((error) => {
        if (!passes(error)) throw error;
        return undefined;
      });
      if (c.req.method === 'HEAD') return c.body(null, 200, HEADERS);
      // Many may have waited for the same reading.
      requirePlace(streams);
      const headers = withCommonHeaders(stateOf(c), { ...HEADERS });
      const { sink, response } = openSink(c, headers) ?? bodySink(headers);
      if (begin) begin(sink);
      else
        void waitToBegin(sink, {
          ...{ prepare, passes },
          isOver: () => !waits || streams.closed,
          leave: streams.hold(),
        });
      return response;
    },
  );
}

function bodySink(headers: Record<string, string>): { sink: Sink; response: Response } {
  const sink = new BodySink();
  return { sink, response: new Response(sink.body, { headers }) };
}

/** Whether the next try may go well: there is nothing in memory, and the database does not answer. */
function passes(error: unknown): boolean {
  const { code } = Object(error) as { code?: string };
  return (
    (error instanceof AppError || error instanceof Problem) && PROBLEMS[code as ProblemCode]?.status === 503
  );
}

function requirePlace(streams: Pick<StreamBroadcast, 'full' | 'closed'>): void {
  if (streams.closed)
    throw new Problem('stopping', 'This node is being stopped, and takes no further stream.');
  if (!streams.full) return;
  throw new Problem('too-many-streams', 'This node has as many streams open as MAX_STREAMS allows.', {
    headers: { 'Retry-After': '5' },
  });
}
