/**
 * Keeps code of Node fast that every answer runs through (docs/adr/015). process.nextTick queues an object, and V8 compiles the making
 * of it for the hidden class that it saw. While no such object lives, a full garbage collection also collects that class, and the code is
 * then never compiled for it again: each answer takes a fifth more of the processor. Seen with Node 20.
 */
import { executionAsyncResource } from 'node:async_hooks';

/**
 * @returns an object as process.nextTick queues it; its hidden class lives as long as it is referenced. Asked for without a hook: where
 * one was ever enabled, V8 compiles `await` the slow way for ever, too
 */
export function tickObject(): Promise<object> {
  return new Promise((resolve) => process.nextTick(() => resolve(executionAsyncResource())));
}
