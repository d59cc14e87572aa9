/**
 * Keeps code of Node fast that every answer runs through (docs/adr/015). process.nextTick queues an object, and V8 compiles the making
 * of it for the hidden class that it saw. While no such object lives, a full garbage collection also collects that class, and the code is
 * then never compiled for it again: each answer takes a fifth more of the processor. Seen with Node 20.
 */
import { createHook } from 'node:async_hooks';

/** @returns an object as process.nextTick queues it; its hidden class lives as long as it is referenced */
export function tickObject(): object | undefined {
  let kept: object | undefined;
  const hook = createHook({
    init(_asyncId, type, _triggerAsyncId, resource) {
      if (type === 'TickObject') kept = resource;
    },
  }).enable();
  process.nextTick(() => {});
  hook.disable();
  return kept;
}
