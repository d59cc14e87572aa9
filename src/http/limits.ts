/** How often a caller may call in a minute. Answers say how much is left (draft-ietf-httpapi-ratelimit-headers). */
import type { Context } from 'hono';
import type { RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible';
import type { Log } from '../log.ts';
import { Problem } from './problem.ts';

export interface Limits {
  /** Calls of administrators and of those who report events, by name: RATE_LIMIT_PER_MINUTE. */
  calls: RateLimiterAbstract;
  /** Tokens that were refused, by address. */
  failures: RateLimiterAbstract;
}

/** @throws Problem 429 */
export async function countCall(c: Context, limits: Limits | undefined, caller: string): Promise<void> {
  if (!limits) return;
  const count = await consume(limits.calls, caller);
  const { points } = limits.calls;
  c.header('RateLimit-Policy', `"calls";q=${points};w=60`);
  c.header('RateLimit', `"calls";r=${count.remainingPoints};t=${seconds(count)}`);
  if (count.consumedPoints > points)
    throw tooMany(
      count,
      `More than ${points} calls of ${caller} came within a minute (RATE_LIMIT_PER_MINUTE).`,
    );
}

/** Counts a refused token; logs the one after which the address is refused for the rest of the minute. */
export async function countFailure(limits: Limits | undefined, address: string, log: Log): Promise<void> {
  if (!limits) return;
  const { consumedPoints } = await consume(limits.failures, address);
  if (consumedPoints === limits.failures.points)
    log.warn(
      { address },
      'Too many wrong tokens came from an address: it is refused for the rest of a minute.',
    );
}

/** Whoever guesses tokens is not heard for a minute, also where a guess is right. @throws Problem 429 */
export async function requireFewFailures(limits: Limits | undefined, address: string): Promise<void> {
  const count = await limits?.failures.get(address);
  if (limits && count && count.consumedPoints >= limits.failures.points)
    throw tooMany(count, 'Too many wrong tokens came from this address within a minute.');
}

/** The package rejects with the count where it is exceeded. */
const consume = (limiter: RateLimiterAbstract, key: string): Promise<RateLimiterRes> =>
  limiter.consume(key).catch((count: RateLimiterRes) => count);

const seconds = ({ msBeforeNext }: RateLimiterRes) => Math.max(1, Math.ceil(msBeforeNext / 1000));

function tooMany(count: RateLimiterRes, detail: string): Problem {
  return new Problem('too-many-requests', detail, { headers: { 'Retry-After': String(seconds(count)) } });
}
