import { expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';
import { ConfigError } from '../src/errors.ts';

const faults = (environment: Record<string, string>): readonly string[] => {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
};

test('every fault is listed at once, those between settings too', () => {
  expect(
    faults({
      PORT: '99999',
      CACHE_CONTROL: 'private\r\nX-Evil: 1',
      REFRESH_SOFT_TIMEOUT_MS: '9000',
      ADMIN_TOKEN: 'one-token-for-everything',
      EVENTS_TOKEN: 'one-token-for-everything',
      CRON_AUDIT: '99 * * * *',
      NODE_ENV: 'production',
    }),
  ).toEqual([
    'PORT ("99999") is above 65535.',
    'CRON_AUDIT ("99 * * * *") is neither "off" nor a cron expression of five fields: Invalid value for minute: 99.',
    'CACHE_CONTROL ("private\\r\\nX-Evil: 1") has a character that no header may hold.',
    'REFRESH_SOFT_TIMEOUT_MS ("9000") is above REFRESH_HARD_TIMEOUT_MS (their defaults are 250 and 5000).',
    'EVENTS_TOKEN is the same as ADMIN_TOKEN: who reports events could do everything.',
    'DATABASE_URL is missing: with NODE_ENV=production no embedded demo database is started.',
  ]);
});

test('a hard timeout below the default of the soft one is refused', () => {
  expect(faults({ REFRESH_HARD_TIMEOUT_MS: '100' })).toEqual([
    'REFRESH_SOFT_TIMEOUT_MS is above REFRESH_HARD_TIMEOUT_MS (their defaults are 250 and 5000).',
  ]);
});

test('each bad origin is named once', () => {
  for (const origin of ['https://*.example', 'https://a.example?x', 'https://me@a.example'])
    expect(faults({ CORS_ORIGINS: origin })).toEqual([
      `CORS_ORIGINS ("${origin}") is neither * nor an origin such as https://example.org.`,
    ]);
  expect(faults({ CORS_ORIGINS: 'https://a.example, b.example,b.example, https://c.example/' })).toEqual([
    'CORS_ORIGINS ("b.example") is neither * nor an origin such as https://example.org.',
    'CORS_ORIGINS ("https://c.example/") is neither * nor an origin such as https://example.org.',
  ]);
  expect(readConfig({ CORS_ORIGINS: 'https://a.example, *' }).CORS_ORIGINS).toEqual([
    'https://a.example',
    '*',
  ]);
});

test('an origin is kept as browsers send it', () => {
  const given = 'https://Dash.Example.ORG, https://a.example:443, http://b.example:8080, https://น้ำ.ไทย';
  expect(readConfig({ CORS_ORIGINS: given }).CORS_ORIGINS).toEqual([
    'https://dash.example.org',
    'https://a.example',
    'http://b.example:8080',
    'https://xn--q3c4c8cq.xn--o3cw4h',
  ]);
});

test.each([
  '60 * * * *',
  '* 24 * * *',
  '* * 0 * *',
  '* * * 13 *',
  '* * * * 8',
  '* * * * * *',
  '* * * *',
  '1,99 * * * *',
  '*/90 * * * *',
  '@daily',
  '0 0 30 2 *',
  'often',
  '* * * * * * 2027',
])('the cron expression %s is refused', (expression) => {
  expect(faults({ CRON_AUDIT: expression })).toEqual([expect.stringContaining('CRON_AUDIT')]);
});

test.each(['off', '*/15 * * * *', '0 3 1-15/5 jan-mar mon,fri', '*/30 * * * 7', '3 15 * * *'])(
  'the cron expression %s is taken',
  (expression) => {
    expect(readConfig({ CRON_AUDIT: expression }).CRON_AUDIT).toBe(expression);
  },
);

test('of a password that breaks DATABASE_URL the fault says how to write it, and does not show it', () => {
  for (const password of ['pa/ss', 'p@s/s']) {
    expect(faults({ DATABASE_URL: `postgres://me:${password}@db.example/stats` })).toEqual([
      'DATABASE_URL is not a URL of libpq: in a password write / as %2F, @ as %40 and % as %25.',
    ]);
  }
  expect(faults({ DATABASE_URL: 'postgres://me:pa%23ss@a.example:1,b.example:2/stats' })).toEqual([]);
});

test('an empty variable is an unset one, and two unset tokens are not the same token', () => {
  expect(readConfig({ ADMIN_TOKEN: '', EVENTS_TOKEN: '' })).toMatchObject({ PORT: 3000, CORS_ORIGINS: [] });
});

test('blanks and line breaks around a setting do not count', () => {
  const given = { DATABASE_URL: 'postgres://me@db.example/stats\n', PORT: ' 80 ', ADMIN_TOKEN: '\n' };
  const read = { DATABASE_URL: 'postgres://me@db.example/stats', PORT: 80, EVENTS_TOKEN: '0123456789abcdef' };
  const config = readConfig({ ...given, EVENTS_TOKEN: '0123456789abcdef\r\n' });
  expect(config).toMatchObject(read);
  expect(config.ADMIN_TOKEN).toBeUndefined();
  // A password may end in a blank.
  const { address } = readConfig({ DATABASE_URL: 'postgres://db.example/stats', PGPASSWORD: 'secret ' });
  expect(address?.values.password).toBe('secret ');
});

test('an admin token may have a name, and there may be several of them', () => {
  const tokens = (ADMIN_TOKEN: string) => readConfig({ ADMIN_TOKEN }).ADMIN_TOKEN;
  expect(tokens('0123456789abcdef')).toEqual([{ name: 'admin', token: '0123456789abcdef' }]);
  expect(tokens('สมชาย:0123456789abcdef, ops: fedcba98:76543210')).toEqual([
    { name: 'สมชาย', token: '0123456789abcdef' },
    { name: 'ops', token: 'fedcba98:76543210' },
  ]);
});

test.each([
  ['short', 'ADMIN_TOKEN is shorter than 16 characters.'],
  ['0123456789abcdef,', 'ADMIN_TOKEN is shorter than 16 characters.'],
  ['ops:0123456789 abcdef', 'ADMIN_TOKEN has a character that no Authorization header may hold.'],
  ['<b>:0123456789abcdef', 'ADMIN_TOKEN has a name that is not 1 to 64 letters, digits, blanks or . _ @ -.'],
])('the admin tokens %j are refused, without being shown', (ADMIN_TOKEN, fault) => {
  expect(faults({ ADMIN_TOKEN })).toEqual([fault]);
});

test('no token is that of two settings', () => {
  const EVENTS_TOKEN = '0123456789abcdef';
  const METRICS_TOKEN = 'metrics-metrics-metrics';
  for (const other of [{ EVENTS_TOKEN: METRICS_TOKEN }, { ADMIN_TOKEN: `ops:${METRICS_TOKEN}` }])
    expect(faults({ METRICS_TOKEN, ...other })).toEqual([
      'METRICS_TOKEN is the same as ADMIN_TOKEN or EVENTS_TOKEN: a token has the rights of one setting.',
    ]);
  expect(faults({ EVENTS_TOKEN, ADMIN_TOKEN: `fedcba9876543210,ops:${EVENTS_TOKEN}` })).toEqual([
    'EVENTS_TOKEN is the same as ADMIN_TOKEN: who reports events could do everything.',
  ]);
});

test('the schedule of classify is off on an application’s database, and every five minutes on the embedded one', () => {
  const schedule = (environment: Record<string, string>) => readConfig(environment).CRON_CLASSIFY;
  expect(schedule({ DATABASE_URL: 'postgres://host/db' })).toBe('off');
  expect(schedule({})).toBe('*/5 * * * *');
  expect(schedule({ DATABASE_URL: 'postgres://host/db', CRON_CLASSIFY: '0 * * * *' })).toBe('0 * * * *');
  expect(schedule({ CRON_CLASSIFY: 'off' })).toBe('off');
});

test('the demo’s activity is on on the embedded database only, and refused on another', () => {
  const DATABASE_URL = 'postgres://host/db';
  const activity = (environment: Record<string, string>) => readConfig(environment).DEMO_ACTIVITY;
  expect([activity({}), activity({ DEMO_ACTIVITY: '0' })]).toEqual(['1', '0']);
  expect([activity({ DATABASE_URL }), activity({ DATABASE_URL, DEMO_ACTIVITY: '0' })]).toEqual(['0', '0']);
  expect(faults({ DATABASE_URL, DEMO_ACTIVITY: '1' })).toEqual([
    'DEMO_ACTIVITY ("1") is for the embedded demo only, and DATABASE_URL is set: it changes projects.',
  ]);
});

test.each(['public, max-age=60', 'max-age=60, must-revalidate', 's-maxage=60'])(
  'answers that need a token may not be kept by the caches of everybody: %s',
  (CACHE_CONTROL) => {
    expect(faults({ READ_AUTH: 'required', CACHE_CONTROL })).toEqual([
      `CACHE_CONTROL ("${CACHE_CONTROL}") lets caches keep for everybody what READ_AUTH=required shows to who has a token.`,
    ]);
    expect(faults({ CACHE_CONTROL })).toEqual([]);
  },
);
