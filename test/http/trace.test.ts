import { expect, test } from 'vitest';
import { traceIdOf } from '../../src/http/trace.ts';

const ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';

test.each([
  ['the present version', `00-${ID}-${PARENT}-01`],
  [
    'a later version, which may have more behind the flags',
    `cc-${ID}-${PARENT}-01-what-the-future-will-be-like`,
  ],
])('a traceparent of %s has a trace id', (_, traceparent) => {
  expect(traceIdOf(traceparent)).toBe(ID);
});

test.each([
  ['that is empty', ''],
  ['with more behind the flags', `00-${ID}-${PARENT}-01-more`],
  ['of the version ff', `ff-${ID}-${PARENT}-01`],
  ['in capital letters', `00-${ID.toUpperCase()}-${PARENT}-01`],
  ['whose trace id is zero', `00-${'0'.repeat(32)}-${PARENT}-01`],
  ['whose parent id is zero', `00-${ID}-${'0'.repeat(16)}-01`],
  ['whose trace id is short', `00-${ID.slice(1)}-${PARENT}-01`],
  ['that is two, joined by a proxy', `00-${ID}-${PARENT}-01, 00-${ID}-${PARENT}-01`],
])('a traceparent %s is ignored', (_, traceparent) => {
  expect(traceIdOf(traceparent)).toBeUndefined();
});
