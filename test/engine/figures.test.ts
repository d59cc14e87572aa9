/** The declaration of figures, the document and the schema of what is served name the same. */
import { expect, test } from 'vitest';
import { DOCUMENT_PATHS } from '../../src/engine/document.ts';
import { METRICS } from '../../src/stats/schema.ts';

test('a document has a member for each figure of the schema, and no other', () => {
  expect([...DOCUMENT_PATHS].sort()).toEqual(METRICS.map(({ path }) => path).sort());
});
