import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import {
  AppError,
  DatabaseUnavailableError,
  RefreshTimeoutError,
  RevisionNotReachedError,
  UnknownScopeError,
  UnstorableError,
} from '../errors.ts';
import type { Log } from '../log.ts';

/** RFC 9457. `type` is a relative reference into the documentation of this service. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    requestId: z.string(),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  })
  .openapi('Problem');

/** Every kind of problem this API answers with. */
const PROBLEMS = {
  'invalid-request': [400, 'The request is malformed'],
  unauthorized: [401, 'Authorization is missing or wrong'],
  'not-found': [404, 'There is no such resource'],
  'unknown-scope': [404, 'There are no statistics under that name'],
  'method-not-allowed': [405, 'The method is not allowed here'],
  'payload-too-large': [413, 'The body is too large'],
  'unsupported-media-type': [415, 'The body is not JSON'],
  'too-many-streams': [503, 'There are too many streams'],
  'revision-not-reached': [503, 'This node has not reached that revision yet'],
  'refresh-timeout': [503, 'The statistics could not be computed in time'],
  'database-unavailable': [503, 'The database does not answer'],
  internal: [500, 'Something went wrong inside the service'],
} as const satisfies Record<string, readonly [ContentfulStatusCode, string]>;
export type ProblemCode = keyof typeof PROBLEMS;

export interface ProblemExtras {
  errors?: { field: string; message: string }[];
  headers?: Record<string, string>;
}

/** An answer that is a problem, thrown from anywhere in http/. */
export class Problem extends Error {
  constructor(
    readonly code: ProblemCode,
    readonly detail: string,
    readonly extras: ProblemExtras = {},
  ) {
    super(detail);
  }
}

export function problemResponse(
  c: Context,
  code: ProblemCode,
  detail: string,
  extras: ProblemExtras = {},
): Response {
  const [status, title] = PROBLEMS[code];
  const body = {
    type: `/problems/${code}`,
    title,
    status,
    detail,
    requestId: String(c.get('requestId') ?? ''),
    ...(extras.errors ? { errors: extras.errors } : {}),
  };
  const retry: Record<string, string> = status === 503 ? { 'Retry-After': '1' } : {};
  return c.body(JSON.stringify(body), status, {
    'Content-Type': 'application/problem+json',
    'Cache-Control': 'no-store',
    ...retry,
    ...extras.headers,
  });
}

/** The one place where failures become answers. What is not known here discloses nothing but its request id. */
export function errorHandler(log: Log): (error: Error, c: Context) => Response {
  return (error, c) => {
    if (error instanceof Problem) return problemResponse(c, error.code, error.detail, error.extras);
    if (error instanceof UnknownScopeError) return problemResponse(c, 'unknown-scope', error.message);
    if (error instanceof UnstorableError) return problemResponse(c, 'invalid-request', error.message);
    if (error instanceof RevisionNotReachedError) {
      // Anybody may ask for a revision of the future: that is no fault of ours.
      log.debug({ reason: error.message, requestId: c.get('requestId') }, 'A reader waited in vain.');
      return problemResponse(c, error.code, [error.message, error.help].filter(Boolean).join(' '));
    }
    if (error instanceof RefreshTimeoutError || error instanceof DatabaseUnavailableError) {
      log.warn({ err: error, requestId: c.get('requestId') }, 'A request could not be answered.');
      return problemResponse(c, error.code, [error.message, error.help].filter(Boolean).join(' '));
    }
    if (error instanceof HTTPException && error.status === 415) {
      return problemResponse(
        c,
        'unsupported-media-type',
        'Send the body as JSON, with Content-Type: application/json.',
      );
    }
    if (error instanceof HTTPException && error.status === 400) {
      return problemResponse(c, 'invalid-request', 'The body is not valid JSON.');
    }
    log.error({ err: error, requestId: c.get('requestId') }, 'A request failed.');
    const help = error instanceof AppError && error.help ? ' The log of the service says what to do.' : '';
    return problemResponse(
      c,
      'internal',
      `The log of the service has the details under this request id.${help}`,
    );
  };
}

/** A validation error of zod as a problem that lists every field. */
export function invalidRequest(where: string, issues: readonly z.core.$ZodIssue[]): Problem {
  const errors = issues.flatMap((issue) => faults(issue, where, []));
  const detail = errors.map(({ field, message }) => `${field}: ${message}`).join('; ');
  return new Problem('invalid-request', `The ${where} is not as expected. ${detail}.`, { errors });
}

function faults(
  issue: z.core.$ZodIssue,
  where: string,
  parents: PropertyKey[],
): { field: string; message: string }[] {
  const path = [...parents, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: [...path, key].join('.'), message: 'is not known here' }));
  }
  if (issue.code === 'invalid_union') {
    // The branch that is of the right kind as a whole says what is wrong inside it.
    const branch = issue.errors.find((inner) =>
      inner.every(({ path: at, code }) => at.length > 0 || code !== 'invalid_type'),
    );
    if (branch) return branch.flatMap((inner) => faults(inner, where, path));
    const reasons = new Set(issue.errors.flat().map((inner) => inner.message));
    return [{ field: path.join('.') || where, message: [...reasons].join(' and ') }];
  }
  return [{ field: path.join('.') || where, message: issue.message }];
}
