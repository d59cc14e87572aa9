import { z } from '@hono/zod-openapi';
import { problemSchema } from './problem.ts';

/** A JSON answer or body of `schema`, for a route's declaration. */
export function json<T extends z.ZodType>(schema: T, description: string) {
  return { content: { 'application/json': { schema } }, description };
}

/** The query of a route that takes none: an unknown parameter is a mistake worth telling. */
export const noQuery = z.strictObject({});

const DESCRIPTIONS = {
  400: 'The request is malformed',
  401: 'Authorization is missing or wrong',
  404: 'There is nothing under that name',
  413: 'The body is too large',
  415: 'The body is not JSON',
  503: 'Try again after Retry-After seconds',
} as const;

interface ProblemAnswer {
  content: { 'application/problem+json': { schema: typeof problemSchema } };
  description: string;
}

/** The problems (RFC 9457) a route may answer with. */
export function problems<S extends keyof typeof DESCRIPTIONS>(...statuses: S[]): Record<S, ProblemAnswer> {
  const answers: Partial<Record<S, ProblemAnswer>> = {};
  for (const status of statuses) {
    answers[status] = {
      content: { 'application/problem+json': { schema: problemSchema } },
      description: DESCRIPTIONS[status],
    };
  }
  return answers as Record<S, ProblemAnswer>;
}
