import { createHook } from 'node:async_hooks';
import { expect, test } from 'vitest';
import { tickObject } from '../../../src/runtime/node/tick-object.ts';

test('what is kept has the members, in their order, of what process.nextTick queues now', async () => {
  let queued: object | undefined;
  const hook = createHook({
    init: (_id, type, _trigger, resource) => {
      if (type === 'TickObject') queued = resource;
    },
  }).enable();
  process.nextTick(() => {});
  hook.disable();
  expect(queued).toBeDefined();
  expect(Reflect.ownKeys(await tickObject())).toEqual(Reflect.ownKeys(queued ?? {}));
});
