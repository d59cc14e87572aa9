/** Which kind each failure of a database is, and what clients and operators read of it. */
import { expect, test } from 'vitest';
import { readAddress } from '../../src/address/address.ts';
import { explainFailure, serverRefusal } from '../../src/db/explain-failure.ts';
import { databaseFailure, type FailureKind, failureKind } from '../../src/db/failures.ts';
import {
  DatabaseUnavailableError,
  NotMigratedError,
  RefreshTimeoutError,
  StateRowMissingError,
  UnknownScopeError,
} from '../../src/errors.ts';

const ADDRESS = readAddress('postgres://me:s3cret@db.example:5433/stats');

function failure(code: string, more: object = {}): Error {
  return Object.assign(new Error(`as ${code} says`), { code, ...more });
}
const fromServer = (code: string, severity = 'ERROR') => failure(code, { severity, name: 'PostgresError' });

test.each<[string, unknown, FailureKind | undefined]>([
  ['a refused connection', failure('ECONNREFUSED'), 'unreachable'],
  ['an unknown host', failure('ENOTFOUND'), 'unreachable'],
  ['a connection that the driver lost', failure('CONNECTION_CLOSED'), 'unreachable'],
  ['a query that was not answered', failure('QUERY_TIMEOUT'), 'unreachable'],
  ['a server that starts up', fromServer('57P03', 'FATAL'), 'unreachable'],
  ['a session that an administrator ended', fromServer('57P01', 'FATAL'), 'unreachable'],
  ['too many connections', fromServer('53300', 'FATAL'), 'unreachable'],
  ['a protocol violation of a pooler', fromServer('08P01', 'FATAL'), 'unreachable'],
  ['an unknown error that ends the session', fromServer('XX000', 'FATAL'), 'unreachable'],
  ['an unknown error that ends a statement', fromServer('XX000'), undefined],
  ['a wrong password', fromServer('28P01', 'FATAL'), 'notAdmitted'],
  ['a database that does not exist', fromServer('3D000', 'FATAL'), 'notAdmitted'],
  [
    'a list of withdrawn certificates that is of another authority',
    failure('UNABLE_TO_GET_CRL'),
    'notAdmitted',
  ],
  ['a list of withdrawn certificates that is out of date', failure('CRL_HAS_EXPIRED'), 'notAdmitted'],
  ['a handshake that the server broke off', failure('EPROTO', { syscall: 'write' }), 'notAdmitted'],
  ['a missing table', fromServer('42P01'), 'missing'],
  ['a missing column', fromServer('42703'), 'missing'],
  ['a missing schema', fromServer('3F000'), 'missing'],
  ['a column of another type', fromServer('42804'), 'unfit'],
  ['a damaged index', fromServer('XX002'), 'unfit'],
  ['a missing right', fromServer('42501'), 'forbidden'],
  ['a standby', fromServer('25006'), 'readOnly'],
  ['a broken constraint', fromServer('23505'), 'badRow'],
  ['a number that is out of range', fromServer('22003'), 'badRow'],
  ['an exception of a trigger', fromServer('P0001'), 'badRow'],
  ['statement_timeout', fromServer('57014'), 'timeout'],
  ['lock_timeout', fromServer('55P03'), 'locked'],
  ['a serialization failure', fromServer('40001'), 'conflict'],
  ['a deadlock', fromServer('40P01'), 'conflict'],
  ['a prepared statement that is gone', fromServer('26000'), 'sessionChanged'],
  ['a missing state row', new StateRowMissingError(), 'missing'],
  ['a failure with a cause', new Error('It failed.', { cause: failure('ECONNRESET') }), 'unreachable'],
  ['a bug', new TypeError('x is not a function'), undefined],
  ['a code that looks like a class of SQLSTATE', failure('EACCES'), undefined],
  ['something that is no error', undefined, undefined],
])('%s is of its own kind', (_, error, kind) => {
  expect(failureKind(error)).toBe(kind);
});

test.each<[string, unknown, unknown]>([
  ['an unreachable server', failure('ECONNREFUSED'), DatabaseUnavailableError],
  ['a database that was dropped', fromServer('3D000', 'FATAL'), DatabaseUnavailableError],
  ['a statement that took too long', fromServer('57014'), RefreshTimeoutError],
  ['a lock that was not free', fromServer('55P03'), RefreshTimeoutError],
  ['a conflict', fromServer('40001'), RefreshTimeoutError],
  ['a missing table', fromServer('42P01'), DatabaseUnavailableError],
  ['a column of another type', fromServer('42804'), DatabaseUnavailableError],
  ['a right that was revoked', fromServer('42501'), DatabaseUnavailableError],
  ['a missing state row', new StateRowMissingError(), DatabaseUnavailableError],
])('a client reads nothing internal of %s', (_, error, type) => {
  const shown = databaseFailure(error) as Error;
  expect(shown).toBeInstanceOf(type);
  expect(shown.message).not.toContain('says');
  expect(shown.cause).toBe(error);
});

test.each([new TypeError('a bug'), new UnknownScopeError(['x'], undefined), fromServer('23505')])(
  'a client’s failure that is none of the database stays as it is: %s',
  (error) => {
    expect(databaseFailure(error)).toBe(error);
  },
);

const REFUSED = 'refused the connection: as';
test.each<[string, unknown, string, string]>([
  [
    'a refused connection',
    failure('ECONNREFUSED'),
    'db.example:5433 does not answer (ECONNREFUSED).',
    'host and port',
  ],
  [
    'a server that starts up',
    fromServer('57P03', 'FATAL'),
    '(57P03: as 57P03 says)',
    'whether the server runs',
  ],
  ['a wrong password', fromServer('28P01', 'FATAL'), `${REFUSED} 28P01 says`, 'user and password'],
  ['an expired certificate', fromServer('28001', 'FATAL'), REFUSED, 'DATABASE_URL'],
  ['a missing database', fromServer('3D000', 'FATAL'), REFUSED, 'name of the database'],
  ['a standby', fromServer('25006'), 'the server accepts no writes', 'the primary server'],
  ['a missing right', fromServer('42501'), 'the role lacks a right', 'docs/rights.md'],
  ['a missing table', fromServer('42P01'), 'Something is not there', 'verify'],
])('an operator reads what to do about %s, without the password', (_, error, message, help) => {
  const shown = explainFailure(error, ADDRESS) as DatabaseUnavailableError;
  expect(shown.message).toContain(message);
  expect(shown.help).toContain(help);
  expect(`${shown.message}${shown.help}`).not.toContain('s3cret');
});

test('an error that has its explanation already, or is a bug, stays as it is', () => {
  for (const error of [new NotMigratedError('Not migrated.'), new TypeError('a bug')])
    expect(explainFailure(error, ADDRESS)).toBe(error);
});

test('only a right or a standby is a refusal of the server whatever the statement holds', () => {
  expect(serverRefusal(fromServer('23505'))).toBeUndefined();
  expect(serverRefusal(failure('ECONNREFUSED'))).toBeUndefined();
});
