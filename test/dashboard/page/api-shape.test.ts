import { expect, test } from 'vitest';
import { shape } from '../../../src/dashboard/page/api-shape.ts';

test.each([
  [{ type: 'string' }, 'string'],
  [{ type: ['string', 'null'] }, 'string | null'],
  [{ enum: ['a', 'b'] }, '"a" | "b"'],
  [{ const: 'alive' }, '"alive"'],
  [{ $ref: '#/components/schemas/Problem' }, 'Problem'],
  [{ type: 'array', items: { anyOf: [{ type: 'integer' }, { type: 'null' }] } }, '(integer | null)[]'],
  [{ type: 'object', additionalProperties: { type: 'number' } }, '{ [name: string]: number }'],
  [{}, 'any'],
])('the schema %j is written as %s', (schema, text) => {
  expect(shape(schema)).toBe(text);
});

test('members of an object stand one a line, with what is said of them, and ? where they may be left out', () => {
  const schema = {
    type: 'object',
    properties: {
      name: { type: 'string', description: 'How it is called' },
      part: { type: 'object', properties: { size: { type: 'integer' } }, required: ['size'] },
    },
    required: ['name'],
  };
  expect(shape(schema)).toBe(`{
  name: string // How it is called
  part?: {
    size: integer
  }
}`);
});
