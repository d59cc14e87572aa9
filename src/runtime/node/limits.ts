import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context } from 'hono';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Config } from '../../config.ts';
import type { Limits } from '../../http/limits.ts';

const MINUTE_SECONDS = 60;
/** Wrong tokens of one address in a minute: a person mistypes less often, and a program that guesses is stopped. */
const FAILURES_PER_MINUTE = 20;

/** Of this process: N nodes together let N times as much through. */
export function limitsOf({ RATE_LIMIT_PER_MINUTE: points }: Pick<Config, 'RATE_LIMIT_PER_MINUTE'>): Limits {
  return {
    calls: new RateLimiterMemory({ points, duration: MINUTE_SECONDS }),
    failures: new RateLimiterMemory({ points: FAILURES_PER_MINUTE, duration: MINUTE_SECONDS }),
  };
}

/** @param hops TRUST_PROXY: so many proxies in front of us append to X-Forwarded-For; what is left of theirs anybody can invent */
export function addressOf(hops: number): (c: Context) => string | undefined {
  return (c) => {
    const forwarded = (c.req.header('X-Forwarded-For') ?? '').split(',').map((part) => part.trim());
    const socket = getConnInfo(c).remote.address;
    const trusted = [...forwarded.filter((part) => part !== ''), socket].slice(-1 - hops);
    return trusted[0];
  };
}
