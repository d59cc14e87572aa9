/** What is wrong with a field, in plain words, where its schema says nothing of its own. zod's are for programmers. */
import { z } from '@hono/zod-openapi';
import { notAmong } from './not-among.ts';

const KINDS: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  string: 'text',
};
const FORMATS: Readonly<Record<string, string>> = {
  date: 'a day such as 2026-09-01',
  datetime: 'a time with its zone, such as 2026-11-22T14:03:07+07:00',
  guid: 'an id such as 7e0f1c52-4b1f-4d55-9a0e-2f1d3c0a9b11',
};

// For every schema of the process that says nothing of its own.
z.config({ customError: validationMessage });

/** undefined: zod's own message. */
function validationMessage(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is missing';
      return `is not ${KINDS[issue.expected] ?? issue.expected}`;
    case 'invalid_format':
      return FORMATS[issue.format] && `is not ${FORMATS[issue.format]}`;
    case 'invalid_value':
      return `is not ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'too_small':
      return amount(issue.origin, 'fewer', 'below', issue.minimum);
    case 'too_big':
      return amount(issue.origin, 'more', 'above', issue.maximum);
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownName(key, issue.inst)).join('; ');
    default:
      return undefined;
  }
}

function amount(origin: string, comparedMany: string, compared: string, bound: number | bigint): string {
  if (origin !== 'array' && origin !== 'string') return `is ${compared} ${bound}`;
  if (comparedMany === 'fewer' && bound === 1) return 'is empty';
  return `has ${comparedMany} than ${bound} ${origin === 'array' ? 'items' : 'characters'}`;
}

function unknownName(name: string, schema: unknown): string {
  const names = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  return names.length > 0 ? notAmong(name, names) : `takes no ${JSON.stringify(name)}`;
}
