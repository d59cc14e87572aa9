import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import {
  AppError,
  DatabaseIncompleteError,
  RefreshTimeoutError,
  SupersededError,
  TimeZoneMismatchError,
  UnknownScopeError,
  UnstorableError,
} from '../errors.ts';
import type { Log } from '../log.ts';
import { PROBLEMS, type ProblemCode, problemType } from './problem-kinds.ts';
import { idsOf, stateOf } from './request-state.ts';

/** RFC 9457. `type` is a relative reference into the documentation of this service. */
export const problemSchema = z
  .object({
    type: z.enum(Object.keys(PROBLEMS).map(problemType)),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    requestId: z.string(),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  })
  .openapi('Problem');

/** An answer that is a problem, thrown from anywhere in http/. */
export class Problem extends Error {
  constructor(
    readonly code: ProblemCode,
    readonly detail: string,
    readonly extras: { errors?: { field: string; message: string }[]; headers?: Record<string, string> } = {},
  ) {
    super(detail);
  }
}

function problemResponse(c: Context, problem: Problem): Response {
  const { body, status, headers } = parts(problem, stateOf(c).requestId);
  return c.body(body, status, headers);
}

/** The answer to what is no request that an app could be asked. */
export function bareProblem(problem: Problem, requestId: string): Response {
  const { body, status, headers } = parts(problem, requestId);
  return new Response(body, { status, headers: { ...headers, 'X-Request-Id': requestId } });
}

function parts({ code, detail, extras }: Problem, requestId: string) {
  const { status, title } = PROBLEMS[code];
  const { errors } = extras;
  return {
    body: JSON.stringify({ type: problemType(code), title, status, detail, requestId, errors }),
    status,
    headers: { 'Content-Type': 'application/problem+json', ...problemHeaders(status, extras) },
  };
}

function problemHeaders(status: number, { headers }: Problem['extras']): Record<string, string> {
  return { 'Cache-Control': 'no-store', ...(status === 503 ? { 'Retry-After': '1' } : {}), ...headers };
}

/** Makes the page of a problem, with the headers that pages have. */
export type ProblemPage = (
  c: Context,
  problem: { code: ProblemCode; status: number; detail: string; nearest: string | undefined },
) => Promise<{ html: string; headers: Record<string, string> }>;

interface ErrorOptions {
  /** For people: browsers ask for HTML where an address is opened, and programs do not. */
  page?: ProblemPage | undefined;
  /** The log has said that the database is away. */
  isAway?: () => boolean;
  /** ms of a clock that never goes back. */
  now?: () => number;
}

/** The one place where failures become answers. What is not known here discloses nothing but its request id. */
export function errorHandler(
  log: Log,
  { page, isAway = () => false, now = () => performance.now() }: ErrorOptions = {},
): (error: Error, c: Context) => Promise<Response> {
  const warnedAt = new Map<string, number>();
  /** The first of its kind in a minute: a line for each request would hide what else the log has. */
  const isNews = ({ name }: Error) => {
    if (isAway() || now() - (warnedAt.get(name) ?? Number.NEGATIVE_INFINITY) < WARN_EVERY_MS) return false;
    warnedAt.set(name, now());
    return true;
  };
  return async (error, c) => {
    const problem = asProblem(error, { log, isNews, ids: idsOf(c) });
    stateOf(c).problem = problem.code;
    if (!page || !/\btext\/html\b/.test(c.req.header('Accept') ?? '')) return problemResponse(c, problem);
    const { code, detail, extras } = problem;
    const { status } = PROBLEMS[code];
    const nearest = error instanceof UnknownScopeError ? error.nearest : undefined;
    try {
      const { html, headers } = await page(c, { code, status, detail, nearest });
      return c.html(html, status, { ...headers, ...problemHeaders(status, extras) });
    } catch (failure) {
      log.error({ err: failure }, 'The page of a problem could not be made.');
      return problemResponse(c, problem);
    }
  };
}

const WARN_EVERY_MS = 60_000;
/** Others report that the database does not answer, when it begins and when it ends; an unknown key is the caller's fault. */
const WARNED = [RefreshTimeoutError, DatabaseIncompleteError, TimeZoneMismatchError, SupersededError];

function asProblem(
  error: Error,
  { log, isNews, ids }: { log: Log; isNews: (error: Error) => boolean; ids: object },
): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof UnstorableError) return new Problem('invalid-request', error.message);
  if (error instanceof AppError && error.code in PROBLEMS) {
    const isWarned = WARNED.some((kind) => error instanceof kind);
    log[isWarned && isNews(error) ? 'warn' : 'debug'](
      { err: error, ...ids },
      'A request could not be answered.',
    );
    return new Problem(error.code as ProblemCode, [error.message, error.help].filter(Boolean).join(' '));
  }
  if (error instanceof HTTPException && error.status === 415)
    return new Problem(
      'unsupported-media-type',
      'Send the body as JSON, with Content-Type: application/json.',
    );
  if (error instanceof HTTPException && error.status === 400)
    return new Problem('invalid-request', 'The body is not valid JSON.');
  log.error({ err: error, ...ids }, 'A request failed.');
  return new Problem('internal', 'The log of the service has the details under this request id.');
}

/** Errors of validation as a problem that lists every field. @param value what was sent: one object may stand for a list of one */
export function invalidRequest(where: string, issues: readonly z.core.$ZodIssue[], value?: unknown): Problem {
  const start = (path: readonly PropertyKey[]) =>
    typeof path[0] === 'number' && !Array.isArray(value) ? 1 : 0;
  const errors = issues.map(({ path, message }) => ({
    field: path.slice(start(path)).join('.') || where,
    message,
  }));
  const detail = errors.map(({ field, message }) => `${field}: ${message}`).join('; ');
  return new Problem('invalid-request', `The ${where} is not as expected. ${detail}.`, { errors });
}
