import { z } from 'zod';
import { ConfigError } from './errors.ts';

/** A whole number with bounds, as text. */
const integer = (min: number, max: number, fallback: number) =>
  z
    .string()
    .regex(/^\d+$/, 'is not a whole number')
    .transform(Number)
    .pipe(z.number().min(min, `is below ${min}`).max(max, `is above ${max}`))
    .default(fallback);

const choice = <const T extends readonly [string, ...string[]]>(values: T, fallback: T[number]) =>
  z.enum(values, `is none of: ${values.join(', ')}`).default(fallback as never);

const cron = z
  .string()
  .regex(/^(off|\S+( +\S+){4,5})$/, 'is neither "off" nor a cron expression of five or six fields');

const timeZone = z
  .string()
  .refine(isTimeZone, 'is not an IANA time zone such as Asia/Bangkok')
  .default('Asia/Bangkok');

const secret = (minimum: number) =>
  z.string().min(minimum, `is shorter than ${minimum} characters`).optional();

/** Every setting: the name of its variable, its check and its default. Times have their unit in the name. */
const settings = z.object({
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'does not begin with postgres:// or postgresql://')
    .optional(),
  DATA_DIR: z.string().default('.data'),
  AUTO_MIGRATE: z.enum(['0', '1'], 'is neither 0 nor 1').default('0'),
  HOST: z.string().default('127.0.0.1'),
  PORT: integer(0, 65_535, 3000),
  ENGINE: choice(['incremental', 'scan'], 'incremental'),
  POLL_INTERVAL_MS: integer(5, 60_000, 50),
  STATS_TTL_SECONDS: integer(1, 86_400, 300),
  STALE_WHILE_REVALIDATE_SECONDS: integer(0, 86_400, 30),
  STALE_IF_ERROR_SECONDS: integer(0, 31_536_000, 86_400),
  REFRESH_SOFT_TIMEOUT_MS: integer(1, 600_000, 250),
  REFRESH_HARD_TIMEOUT_MS: integer(1, 600_000, 5_000),
  CACHE_MAX_BYTES: integer(65_536, 2 ** 40, 64 * 2 ** 20),
  STATS_TIME_ZONE: timeZone,
  CRON_REFRESH_EXPIRED: cron.default('* * * * *'),
  CRON_AUDIT: cron.default('*/15 * * * *'),
  CRON_CLASSIFY: cron.optional(),
  ADMIN_TOKEN: secret(16),
  EVENTS_TOKEN: secret(16),
  CACHE_CONTROL: z.string().default('private, no-cache'),
  CORS_ORIGINS: z
    .string()
    .transform((list) => list.split(',').map((origin) => origin.trim()))
    .pipe(
      z.array(
        z.string().regex(/^(\*|https?:\/\/[^/]+)$/, 'is not a list of origins such as https://example.org'),
      ),
    )
    .default([]),
  LOG_LEVEL: choice(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'], 'info'),
  NODE_ENV: z.string().optional(),
  /** Where pg_dump and pg_restore are looked for. */
  PATH: z.string().default(''),
});

export type Config = z.output<typeof settings> & { CRON_CLASSIFY: string };

/**
 * Reads the environment. An empty variable is an unset one.
 *
 * @throws ConfigError that lists every fault; values of secrets are never in it
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const set = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = settings.safeParse(set);
  const faults = result.success ? [] : result.error.issues.map(describe);
  if (set['NODE_ENV'] === 'production' && set['DATABASE_URL'] === undefined) {
    faults.push('DATABASE_URL is missing: with NODE_ENV=production no embedded demo database is started.');
  }
  if (!result.success || faults.length > 0) throw new ConfigError(faults);
  // It writes the application's rows: off, unless they are those of the embedded database.
  const classify = result.data.DATABASE_URL === undefined ? '*/5 * * * *' : 'off';
  return { ...result.data, CRON_CLASSIFY: result.data.CRON_CLASSIFY ?? classify };

  function describe(issue: z.core.$ZodIssue): string {
    const name = String(issue.path[0]);
    const value = /TOKEN|SECRET|URL/.test(name) ? '' : ` (${JSON.stringify(set[name])})`;
    return `${name}${value} ${issue.message}.`;
  }
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return /^[A-Za-z]/.test(name);
  } catch {
    return false;
  }
}
