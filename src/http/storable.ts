import { z } from '@hono/zod-openapi';

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Text that PostgreSQL can store and compare: Unicode without NUL. */
export const storable = z
  .string()
  .refine((value) => !value.includes('\0'), 'holds a NUL character')
  .refine((value) => !LONE_SURROGATE.test(value), 'holds half of a surrogate pair');
