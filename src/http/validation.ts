/** What requests may hold, and plain English for what zod finds wrong with them. */
import { z } from '@hono/zod-openapi';

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Text that PostgreSQL can store and compare: Unicode without NUL. */
export const storable = z
  .string()
  .refine((value) => !value.includes('\0'), 'holds a NUL character')
  .refine((value) => !LONE_SURROGATE.test(value), 'holds half of a surrogate pair');

const KINDS: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};
const FORMATS: Record<string, string> = {
  guid: 'a UUID',
  datetime: 'a time such as 2026-01-31T08:00:00Z',
};

/** For z.config, where a schema has no message of its own; it reads after the name of the field: `title: is missing`. */
export function describeIssue(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `is not ${KINDS[issue.expected] ?? issue.expected}`;
    case 'invalid_format':
      return `is not ${FORMATS[issue.format] ?? 'of the expected form'}`;
    case 'invalid_value':
      if (issue.input === undefined) return 'is missing';
      return `is ${issue.values.length === 1 ? 'not ' : 'none of: '}${issue.values.map(String).join(', ')}`;
    case 'too_small':
      // Of texts and lists, nothing here asks for more than one.
      return ['array', 'string'].includes(issue.origin) ? 'is empty' : `is below ${issue.minimum}`;
    case 'too_big':
      if (issue.origin === 'array') return `has more than ${issue.maximum} items`;
      return issue.origin === 'string'
        ? `is longer than ${issue.maximum} characters`
        : `is above ${issue.maximum}`;
    default:
      return 'is not as expected';
  }
}
