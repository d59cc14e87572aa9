/** DATABASE_URL is read as libpq reads it. */
import { expect, test } from 'vitest';
import { type AddressError, readAddress, serversOf, shown, shownServers } from '../../src/address/address.ts';

const faults = (url: string, environment = {}) => {
  try {
    readAddress(url, environment);
    return [];
  } catch (error) {
    return (error as AddressError).faults;
  }
};

test.each([
  ['postgres://u:s3cret@db.example/app', 'postgres://u:***@db.example/app', 'db.example'],
  ['postgresql://db.example:5433', 'postgres://db.example:5433/', 'db.example'],
  ['postgres://u:s3cret@[::1]:5432/db', 'postgres://u:***@[::1]:5432/db', '::1'],
  ['postgres:///db?host=/run/postgresql', 'postgres://%2Frun%2Fpostgresql/db', '/run/postgresql'],
  ['postgres://u@%2Frun%2Fpostgresql/db', 'postgres://u@%2Frun%2Fpostgresql/db', '/run/postgresql'],
  ['postgres://a:1,[::2]:3,c/db', 'postgres://a:1,[::2]:3,c:5432/db', 'a ::2 c'],
  ['postgres://a,b/db?port=7', 'postgres://a:7,b:7/db', 'a b'],
  ['postgres:///db', 'postgres://localhost/db', '/var/run/postgresql /tmp localhost'],
  ['postgres://u@/d%62?user=%40v&password=s3cret', 'postgres://%40v:***@localhost/db', undefined],
  ['postgres://u:s3cret#?%26@h/db', 'postgres://u:***@h/db', 'h'],
  ['postgres://h/db?sslmode=require&channel_binding=require', 'postgres://h/db', 'h'],
])('%s is shown as %s, and means %s', (url, wanted, hosts) => {
  const address = readAddress(url);
  expect(shown(address)).toBe(wanted);
  // In a sentence a socket is the path that it is.
  expect(shownServers(address)).not.toContain('%');
  if (hosts)
    expect(
      serversOf(address)
        .map(({ host }) => host)
        .join(' '),
    ).toBe(hosts);
});

test('what the URL leaves out comes from the PG* variables', () => {
  const environment = {
    PGHOST: '::1',
    PGPORT: '7',
    PGPASSWORD: 's3cret',
    PGSSLMODE: 'require',
    PGUSER: 'them',
    // By their name our sessions are found.
    PGAPPNAME: 'billing',
  };
  expect(readAddress('postgres://me@/db?sslmode=disable', environment).values).toEqual({
    ...{ user: 'me', password: 's3cret', host: '::1', port: '7', dbname: 'db', sslmode: 'disable' },
  });
});

test.each([
  [
    'postgres://h/db',
    { PGSSLMODE: 'yes' },
    'has sslmode=yes, which is none of: prefer, disable, allow, require, verify-ca, verify-full (from PGSSLMODE)',
  ],
  ['postgres://h/db', { PGPORT: '0' }, 'has a port that is none: 1 to 65535 (from PGPORT)'],
  ['postgres://a,b,c/db', { PGPORT: '1,2' }, 'has 3 hosts and 2 ports (from PGPORT)'],
  ['postgres://a,b/db', { PGHOSTADDR: '::1' }, 'has 2 hosts and 1 values in hostaddr (from PGHOSTADDR)'],
  [
    'postgres://h/db?sslrootcert=system',
    { PGSSLMODE: 'require' },
    'has sslrootcert=system, which needs sslmode=verify-full (from PGSSLMODE)',
  ],
])('of %s with %o the variable is named that is at fault', (url, environment, fault) => {
  expect(faults(url, environment)).toEqual([fault]);
});

test.each([
  ['postgres://u:50%off@h/db', 'has a % that begins no character of a URL: write % as %25'],
  [
    'postgres://u:s3cret/x@h/db',
    'is not a URL of libpq: in a password write / as %2F, @ as %40 and % as %25',
  ],
  [
    'postgres://u:s3cret@x@h/db',
    'is not a URL of libpq: in a password write / as %2F, @ as %40 and % as %25',
  ],
  [
    'postgres://u:pa/ss?w=rd@host/db',
    'is not a URL of libpq: in a password write / as %2F, @ as %40 and % as %25',
  ],
  [
    'postgres://h/db?constructor=1&__proto__=2',
    'has the parameter "constructor", which PostgreSQL does not know: remove it',
    'has the parameter "__proto__", which PostgreSQL does not know: remove it',
  ],
  ...['mysql://h/db', 'Host=h;Database=db;Username=u', '"postgres://h/db"'].map((url) => [
    url,
    'does not begin with postgres:// or postgresql://: it is written postgres://USER:PASSWORD@HOST:5432/DATABASE, without quotation marks',
  ]),
  ['postgres://h:99999/db', 'has a port that is none: 1 to 65535'],
  ['postgres://::1:5432/db', 'has a port that is none: 1 to 65535'],
  ['postgres://[::1/db', 'names a host that cannot be read: an IPv6 address stands in brackets, [::1]'],
  ['postgres://a,b,c/db?port=1,2', 'has 3 hosts and 2 ports'],
  [
    'postgres://h/db?pgbouncer=true',
    'has the parameter "pgbouncer", which PostgreSQL does not know: remove it (a pooler is detected by itself)',
  ],
  [
    'postgres://h/db?schema=public',
    'has the parameter "schema", which PostgreSQL does not know: remove it (to read another schema write options=-csearch_path%3DNAME)',
  ],
  ['postgres://h/db?sslmode', 'has something behind the ? that is not of the form NAME=VALUE'],
  [
    'postgres://h/db?sslmode=on',
    'has sslmode=on, which is none of: prefer, disable, allow, require, verify-ca, verify-full',
  ],
  ['postgres://h/db?service=x', 'has the parameter "service", which is not supported here'],
  ['postgres://h/db?gssencmode=require', 'has gssencmode=require, and GSS is not supported here'],
  [
    'postgres://h/db?sslnegotiation=direct',
    'has sslnegotiation=direct, which needs sslmode=require or stronger',
  ],
  ['postgres://h/db?connect_timeout=soon', 'has a connect_timeout that is no number of seconds'],
])('%s is a fault, which tells nothing of a password', (url, ...wanted) => {
  expect(faults(url)).toEqual(wanted);
});
