import { Cron } from 'croner';
import { z } from 'zod';
import { type Address, AddressError, readAddress } from './address/address.ts';
import { ConfigError } from './errors.ts';
import { isTimeZone } from './stats/time-zone.ts';

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

const cron = z.string().superRefine((expression, { addIssue }) => {
  const fault = expression === 'off' ? undefined : cronFault(expression);
  if (fault) addIssue(`is neither "off" nor a cron expression of five fields: ${fault}`);
});

const timeZone = z
  .string()
  .refine(isTimeZone, 'is not an IANA time zone such as Asia/Bangkok')
  .default('Asia/Bangkok');

const secret = z
  .string()
  .min(16, 'is shorter than 16 characters')
  .regex(/^[\x21-\x7e]*$/, 'has a character that no Authorization header may hold');

const listed = (list: string) => list.split(',').map((item) => item.trim());

/** What an administrator sends, and the name that the trail of their actions has. */
export interface AdminToken {
  name: string;
  token: string;
}

/** `TOKEN` or `NAME:TOKEN`, several with commas between them, so that one can take the place of another. */
const adminTokens = z
  .string()
  .transform((list) => listed(list).map(named))
  .pipe(
    z.array(
      z.object({
        name: z
          .string()
          .regex(
            /^[\p{L}\p{M}\p{N} ._@-]{1,64}$/u,
            'has a name that is not 1 to 64 letters, digits, blanks or . _ @ -',
          ),
        token: secret,
      }),
    ),
  );

function named(item: string): AdminToken {
  const colon = item.indexOf(':');
  return { name: colon < 0 ? 'admin' : item.slice(0, colon).trim(), token: item.slice(colon + 1).trim() };
}

const isOrigin = (origin: string) =>
  origin === '*' || (/^https?:\/\/[^/\s*?#@]+$/.test(origin) && URL.canParse(origin));

/** Every setting: the name of its variable, its check and its default. Times have their unit in the name. */
const variables = z.object({
  DATABASE_URL: z.string().optional(),
  DATA_DIR: z.string().default('.data'),
  AUTO_MIGRATE: z.enum(['0', '1'], 'is neither 0 nor 1').default('0'),
  HOST: z.string().default('127.0.0.1'),
  PORT: integer(0, 65_535, 3000),
  /** Longer than balancers keep idle connections: or they send into one that has just been closed. */
  KEEP_ALIVE_SECONDS: integer(1, 3_600, 65),
  ENGINE: choice(['incremental', 'scan'], 'incremental'),
  POLL_INTERVAL_MS: integer(5, 60_000, 50),
  STATS_TTL_SECONDS: integer(1, 86_400, 300),
  STALE_WHILE_REVALIDATE_SECONDS: integer(0, 86_400, 30),
  STALE_IF_ERROR_SECONDS: integer(0, 31_536_000, 86_400),
  REFRESH_SOFT_TIMEOUT_MS: integer(1, 600_000, 250),
  REFRESH_HARD_TIMEOUT_MS: integer(1, 600_000, 5_000),
  CACHE_MAX_BYTES: integer(65_536, 2 ** 40, 64 * 2 ** 20),
  /** Of administrators and of those who report events, each. */
  RATE_LIMIT_PER_MINUTE: integer(1, 1_000_000, 600),
  TRUST_PROXY: integer(0, 16, 0),
  MAX_STREAMS: integer(0, 1_000_000, 10_000),
  /** On Workers: how old memory may be before a reader syncs it, and how long a stream stays open. */
  EDGE_FRESH_SECONDS: integer(0, 3_600, 1),
  EDGE_STREAM_SECONDS: integer(1, 86_400, 300),
  STATS_TIME_ZONE: timeZone,
  CRON_REFRESH_EXPIRED: cron.default('* * * * *'),
  CRON_AUDIT: cron.default('*/15 * * * *'),
  CRON_CLASSIFY: cron.optional(),
  CRON_PURGE: cron.default('15 3 * * *'),
  DEMO_ACTIVITY: z.enum(['0', '1'], 'is neither 0 nor 1').optional(),
  LISTS: choice(['on', 'off'], 'on'),
  TITLES_FILE: z.string().optional(),
  NOTIFICATIONS: choice(['on', 'off'], 'on'),
  NOTIFICATION_TTL_SECONDS: integer(1, 31_536_000, 3_600),
  EVENT_LOG_RETENTION_DAYS: integer(1, 36_500, 30),
  HISTORY_DAYS: integer(1, 3_660, 400),
  JOB_RUNS_RETENTION_DAYS: integer(1, 36_500, 30),
  AUDIT_RETENTION_DAYS: integer(1, 36_500, 400),
  ADMIN_TOKEN: adminTokens.optional(),
  EVENTS_TOKEN: secret.optional(),
  METRICS_TOKEN: secret.optional(),
  /** HS256 signs with a key of 256 bits (RFC 7518 section 3.2). */
  JWT_SECRET: z.string().min(32, 'is shorter than 32 characters').optional(),
  JWKS_URL: z
    .url({ protocol: /^https?$/, error: 'is not an address that begins with https:// or http://' })
    .optional(),
  JWT_ISSUER: z.string().optional(),
  JWT_AUDIENCE: z.string().optional(),
  READ_AUTH: choice(['open', 'required'], 'open'),
  CACHE_CONTROL: z
    .string()
    .regex(/^[\x20-\x7e]+$/, 'has a character that no header may hold')
    .default('private, no-cache'),
  CORS_ORIGINS: z
    .string()
    .transform(listed)
    .pipe(
      z.array(
        z
          .string()
          .refine(isOrigin, 'is neither * nor an origin such as https://example.org')
          // As browsers send it: in lower case, without the port that is usual, Thai letters as punycode.
          .transform((origin) => (origin === '*' ? origin : new URL(origin).origin)),
      ),
    )
    .default([]),
  LOG_LEVEL: choice(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'], 'info'),
  /** Of all requests, the share that is logged. */
  LOG_REQUESTS: z
    .string()
    .regex(/^(on|off|0\.\d+|[01])$/, 'is neither on, off, nor a share such as 0.01')
    .transform((share) => (share === 'on' ? 1 : share === 'off' ? 0 : Number(share)))
    .default(1),
  NODE_ENV: z.string().optional(),
  /** Where pg_dump and pg_restore are searched for. */
  PATH: z.string().default(''),
});

export const SETTINGS: readonly string[] = Object.keys(variables.shape);

/** What must hold between settings; checked also where others are at fault. */
const settings = variables
  .refine((set) => !(set.REFRESH_SOFT_TIMEOUT_MS > set.REFRESH_HARD_TIMEOUT_MS), {
    path: ['REFRESH_SOFT_TIMEOUT_MS'],
    message: 'is above REFRESH_HARD_TIMEOUT_MS (their defaults are 250 and 5000)',
    when: () => true,
  })
  .refine((set) => !set.ADMIN_TOKEN?.some?.(({ token }) => token === set.EVENTS_TOKEN), {
    path: ['EVENTS_TOKEN'],
    message: 'is the same as ADMIN_TOKEN: who reports events could do everything',
    when: () => true,
  })
  .refine(
    ({ METRICS_TOKEN, EVENTS_TOKEN, ADMIN_TOKEN }) =>
      METRICS_TOKEN === undefined ||
      (METRICS_TOKEN !== EVENTS_TOKEN && !ADMIN_TOKEN?.some?.(({ token }) => token === METRICS_TOKEN)),
    {
      path: ['METRICS_TOKEN'],
      message: 'is the same as ADMIN_TOKEN or EVENTS_TOKEN: a token has the rights of one setting',
      when: () => true,
    },
  )
  .refine(
    (set) => set.READ_AUTH !== 'required' || !/public|s-maxage|must-revalidate/i.test(set.CACHE_CONTROL),
    {
      path: ['CACHE_CONTROL'],
      message: 'lets caches keep for everybody what READ_AUTH=required shows to who has a token',
      when: () => true,
    },
  )
  .refine((set) => set.DEMO_ACTIVITY !== '1' || set.DATABASE_URL === undefined, {
    path: ['DEMO_ACTIVITY'],
    message: 'is for the embedded demo only, and DATABASE_URL is set: it changes projects',
    when: () => true,
  });

export type Config = z.output<typeof settings> & {
  CRON_CLASSIFY: string;
  DEMO_ACTIVITY: '0' | '1';
  /** What DATABASE_URL and the PG* variables say together; undefined without DATABASE_URL. */
  address: Address | undefined;
};

/**
 * Reads the environment. An empty variable is an unset one.
 *
 * @throws ConfigError that lists every fault; values of secrets are never in it
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const set = Object.fromEntries(
    Object.entries(environment)
      // A file that a setting is read from often ends in a line break. Variables of libpq stay as they are.
      .map(([name, value]) => [name, SETTINGS.includes(name) ? value?.trim() : value] as const)
      .filter((entry): entry is [string, string] => Boolean(entry[1])),
  );
  const result = settings.safeParse(set);
  const faults = result.success ? [] : [...new Set(result.error.issues.map(describe))];
  if (set['NODE_ENV'] === 'production' && set['DATABASE_URL'] === undefined) {
    faults.push('DATABASE_URL is missing: with NODE_ENV=production no embedded demo database is started.');
  }
  const address = addressIn(set, faults);
  if (!result.success || faults.length > 0) throw new ConfigError(faults);
  const { DATABASE_URL, CRON_CLASSIFY, DEMO_ACTIVITY } = result.data;
  const embedded = DATABASE_URL === undefined;
  return {
    ...result.data,
    address,
    // Both write the application's rows: off, unless they are those of the embedded database.
    CRON_CLASSIFY: CRON_CLASSIFY ?? (embedded ? '*/5 * * * *' : 'off'),
    DEMO_ACTIVITY: DEMO_ACTIVITY ?? (embedded ? '1' : '0'),
  };

  function describe(issue: z.core.$ZodIssue): string {
    const [variable, index] = issue.path;
    const name = String(variable);
    const given = typeof index === 'number' ? listed(set[name] ?? '')[index] : set[name];
    const value = given === undefined || /TOKEN|SECRET|URL/.test(name) ? '' : ` (${JSON.stringify(given)})`;
    return `${name}${value} ${issue.message}.`;
  }
}

/** @param faults gets what is wrong with it */
function addressIn(set: Readonly<Record<string, string | undefined>>, faults: string[]): Address | undefined {
  const url = set['DATABASE_URL'];
  if (url === undefined) return undefined;
  try {
    return readAddress(url, set);
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    faults.push(...error.faults.map((fault) => `DATABASE_URL ${fault}.`));
    return undefined;
  }
}

/** Judged by what computes due times (jobs/due.ts), which takes more than that: seconds, years, and words such as @daily. */
function cronFault(expression: string): string | undefined {
  const fields = expression.trim().split(/ +/).length;
  if (fields !== 5) return `it has ${fields}`;
  try {
    return new Cron(expression, { paused: true }).nextRun() ? undefined : 'it is never due';
  } catch (error) {
    return (error as Error).message.replace('CronPattern: ', '');
  }
}
