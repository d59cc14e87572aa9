import { expect, test } from 'vitest';
import { UnknownScopeError } from '../../src/errors.ts';
import { SharedInvalidation } from '../../src/service/shared-invalidation.ts';

test('a scope that goes away before its batch is stored fails whoever named it, and nobody else', async () => {
  const batches: (readonly string[] | undefined)[] = [];
  const shared = new SharedInvalidation(5, async (keys) => {
    batches.push(keys);
    if (keys?.includes('region:gone')) throw new UnknownScopeError(['region:gone']);
    return { revision: batches.length, keys: [...(keys ?? [])] };
  });
  const add = (key: string) => shared.add(Promise.resolve([key]), {});
  const [gone, other] = await Promise.allSettled([add('region:gone'), add('global')]);
  expect(gone).toMatchObject({ status: 'rejected', reason: expect.any(UnknownScopeError) });
  expect(other).toMatchObject({ status: 'fulfilled', value: { keys: ['global'] } });
  expect(batches[0]).toEqual(['region:gone', 'global']);
});
