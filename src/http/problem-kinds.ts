/** Every kind of problem (RFC 9457) that the API answers with; failures of the service (errors.ts) under their own codes. */
import type { ContentfulStatusCode } from 'hono/utils/http-status';

interface Kind {
  status: ContentfulStatusCode;
  title: string;
  /** What whoever gets it can do, in English; served with /openapi.json and /docs. */
  advice: string;
}

const kind = <S extends ContentfulStatusCode>(status: S, title: string, advice: string) => ({
  status,
  title,
  advice,
});

export const PROBLEMS = {
  'invalid-request': kind(
    400,
    'The request is malformed',
    'errors names each field and what is wrong with it. The same request fails again.',
  ),
  unauthorized: kind(
    401,
    'Authorization is missing or wrong',
    'Send Authorization: Bearer with a token of the settings, or a JSON Web Token that has not expired.',
  ),
  forbidden: kind(
    403,
    'This caller may not do this',
    'The token is valid, but lacks the right. Use one of an administrator; where none is set up, the settings of the service need one.',
  ),
  'not-found': kind(404, 'There is no such resource', 'The detail names what there is instead.'),
  'unknown-scope': kind(
    404,
    'There are no statistics under that name',
    'GET /meta lists all scopes. The detail names the most similar one.',
  ),
  'method-not-allowed': kind(405, 'The method is not allowed here', 'The header Allow names those that are.'),
  'payload-too-large': kind(
    413,
    'The body is too large',
    'Send at most 1 MiB, also after decompression, in several requests.',
  ),
  'unsupported-media-type': kind(
    415,
    'The body is not JSON',
    'Send Content-Type: application/json, as it is or compressed with gzip, deflate or br.',
  ),
  'too-many-requests': kind(
    429,
    'There were too many requests',
    'Wait for as many seconds as Retry-After says. RATE_LIMIT_PER_MINUTE sets the limit.',
  ),
  'too-many-streams': kind(
    503,
    'There are too many streams',
    'Connect to another node, or later. MAX_STREAMS sets the limit.',
  ),
  stopping: kind(
    503,
    'This node is being stopped',
    'Ask again after Retry-After: another node answers, or this one when it has started again.',
  ),
  'revision-not-reached': kind(
    503,
    'This node has not reached that revision yet',
    'Ask again after Retry-After. Where it stays, the revision is of another database, or the node cannot follow.',
  ),
  'refresh-timeout': kind(
    503,
    'The statistics could not be computed in time',
    'Ask again after Retry-After, or without no-cache. The log of the node says why it took long.',
  ),
  'database-unavailable': kind(
    503,
    'The database does not answer',
    'Ask again after Retry-After. /readyz says how the service is.',
  ),
  'time-zone-mismatch': kind(
    503,
    'This node has another time zone than its database',
    'Ask again after Retry-After: another node answers, or this one when its settings are right.',
  ),
  superseded: kind(
    503,
    'This node is older than others',
    'Ask again after Retry-After: a node of the newer version answers. Without no-cache this one serves what newer nodes compute.',
  ),
  'keys-unavailable': kind(
    503,
    'Tokens cannot be checked now',
    'The key set of JWKS_URL cannot be fetched. Ask again after Retry-After.',
  ),
  internal: kind(
    500,
    'Something went wrong inside the service',
    'Tell whoever runs the service the requestId: the log has the cause beside it.',
  ),
} as const satisfies Record<string, Kind>;
export type ProblemCode = keyof typeof PROBLEMS;

/** `type` of a problem; its address leads to what is said above. */
export const problemType = (code: string) => `/problems/${code}`;
