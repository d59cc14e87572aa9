/** Says in plain English what zod finds wrong with a request, unless the schema has a message of its own. */
import type { z } from '@hono/zod-openapi';

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

/** For z.config: reads after the name of the field, `title: is missing`. */
export function describeIssue(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `is not ${KINDS[issue.expected] ?? issue.expected}`;
    case 'invalid_format':
      return `is not ${FORMATS[issue.format] ?? 'of the expected form'}`;
    case 'invalid_value':
      if (issue.values.length === 1 && issue.input !== undefined) return `is not ${String(issue.values[0])}`;
      return issue.input === undefined ? 'is missing' : `is none of: ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      // Of texts and lists, nothing here asks for more than one.
      if (issue.origin === 'array' || issue.origin === 'string') return 'is empty';
      return `is below ${issue.minimum}`;
    case 'too_big':
      if (issue.origin === 'array') return `has more than ${issue.maximum} items`;
      return issue.origin === 'string'
        ? `is longer than ${issue.maximum} characters`
        : `is above ${issue.maximum}`;
    default:
      return 'is not as expected';
  }
}
