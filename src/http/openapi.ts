import { z } from '@hono/zod-openapi';
import { MAX_REASON } from '../trail/admin-actions.ts';
import { problemSchema } from './problem.ts';

/** A JSON answer of `schema`, for a route's declaration. */
export function json<T extends z.ZodType>(schema: T, description: string) {
  return { content: { 'application/json': { schema } }, description };
}

/** Text that PostgreSQL can store and compare: Unicode without NUL. */
export const storable = z
  .string()
  .refine((value) => !value.includes('\0'), 'holds a NUL character')
  .refine((value) => !/\p{Surrogate}/u.test(value), 'holds half of a surrogate pair');

/** Why somebody does what the trail of admin actions records. */
export const reason = storable.max(MAX_REASON).optional();

/** The query of a route that takes none: an unknown parameter is a mistake worth telling. */
export const noQuery = z.strictObject({});

/** The request of a route that takes a JSON body and no query. */
export function jsonBody<T extends z.ZodType>(schema: T, description: string) {
  return { query: noQuery, body: { ...json(schema, description), required: true } };
}

const DESCRIPTIONS = {
  400: 'The request is malformed',
  404: 'There is nothing under that name',
  413: 'The body is too large',
  415: 'The body is not JSON',
  503: 'Try again after Retry-After seconds',
} as const;

const problem = (description: string) => ({
  content: { 'application/problem+json': { schema: problemSchema } },
  description,
});

/** The problems that a route may answer with, beside those of every route (api-description.ts). */
export function problems<S extends keyof typeof DESCRIPTIONS>(...statuses: S[]) {
  const answers = statuses.map((status) => [status, problem(DESCRIPTIONS[status])]);
  return Object.fromEntries(answers) as Record<S, ReturnType<typeof problem>>;
}
