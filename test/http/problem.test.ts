import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import {
  DatabaseIncompleteError,
  DatabaseUnavailableError,
  RefreshTimeoutError,
  RevisionNotReachedError,
  RevisionsExhaustedError,
  SupersededError,
  TimeZoneMismatchError,
  UnknownScopeError,
  UnstorableError,
} from '../../src/errors.ts';
import { errorHandler, invalidRequest, Problem } from '../../src/http/problem.ts';
import '../../src/http/validation-messages.ts';
import type { Log } from '../../src/log.ts';
import { observed } from '../support/service/observed.ts';
import { silentLog } from '../support/service/silent-log.ts';

type Options = NonNullable<Parameters<typeof errorHandler>[1]> & { log?: Log };

/** Answers requests that fail as they are told to. */
function site({ log = silentLog, ...options }: Options = {}) {
  let error = new Error();
  const app = observed(new Hono());
  app.onError(errorHandler(log, options));
  app.get('/', () => {
    throw error;
  });
  return (failure: Error) => {
    error = failure;
    return app.request('/', { headers: { 'X-Request-Id': 'request-1' } });
  };
}

async function answerTo(error: Error, options?: Options) {
  const response = await site(options)(error);
  return { response, body: (await response.json()) as Record<string, unknown> };
}

describe('a failure becomes a problem', () => {
  test.each([
    [404, 'unknown-scope', new UnknownScopeError(['region:nothern'], 'region:northern')],
    [400, 'invalid-request', new UnstorableError('Nothing was stored.')],
    [503, 'revision-not-reached', new RevisionNotReachedError('Not yet.', { help: 'Try again.' })],
    [503, 'refresh-timeout', new RefreshTimeoutError('Too slow.')],
    [503, 'database-unavailable', new DatabaseUnavailableError('It does not answer.')],
    [503, 'time-zone-mismatch', new TimeZoneMismatchError('UTC', 'Asia/Bangkok')],
    [503, 'superseded', new SupersededError('A newer version keeps these statistics.')],
    [415, 'unsupported-media-type', new HTTPException(415)],
    [400, 'invalid-request', new HTTPException(400)],
    [401, 'unauthorized', new Problem('unauthorized', 'Send a token.')],
    [500, 'internal', new RevisionsExhaustedError()],
    [500, 'internal', new Error('relation "Secrets" does not exist')],
  ])('of status %i and type %s', async (status, code, error) => {
    const { response, body } = await answerTo(error);
    expect(response.status).toBe(status);
    expect(response.headers.get('Content-Type')).toBe('application/problem+json');
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(response.headers.has('Retry-After')).toBe(status === 503);
    expect(body).toMatchObject({ type: `/problems/${code}`, status, requestId: 'request-1' });
    expect(body['title']).toEqual(expect.any(String));
    expect(body['detail']).toEqual(expect.any(String));
  });

  test('and is a warning in the log where the service is at fault, not where a reader is', async () => {
    const warn = vi.fn();
    const log = { ...silentLog, warn };
    await answerTo(new RevisionNotReachedError('Not yet.'), { log });
    // Its beginning and its end are logged by what follows the table.
    await answerTo(new DatabaseUnavailableError('It does not answer.'), { log });
    await answerTo(new RefreshTimeoutError('Too slow.'), { log, isAway: () => true });
    expect(warn).not.toHaveBeenCalled();
    await answerTo(new RefreshTimeoutError('Too slow.'), { log });
    await answerTo(new DatabaseIncompleteError('A table is missing.'), { log });
    await answerTo(new TimeZoneMismatchError('UTC', 'Asia/Bangkok'), { log });
    await answerTo(new SupersededError('A newer version keeps these statistics.'), { log });
    expect(warn).toHaveBeenCalledTimes(4);
  });

  test('once a minute for each kind, however many requests have it', async () => {
    const warn = vi.fn();
    let minutes = 0;
    const failing = site({ log: { ...silentLog, warn }, now: () => minutes * 60_000 });
    const slow = new RefreshTimeoutError('Too slow.');
    for (let i = 0; i < 3; i++) await failing(slow);
    await failing(new DatabaseIncompleteError('A table is missing.'));
    expect(warn).toHaveBeenCalledTimes(2);
    minutes = 1;
    await failing(slow);
    expect(warn).toHaveBeenCalledTimes(3);
  });

  test('whose detail discloses nothing where the cause is not known, while the log has all of it', async () => {
    const error = vi.fn();
    const cause = new Error('relation "Secrets" does not exist');
    const { body } = await answerTo(cause, { log: { ...silentLog, error } });
    expect(JSON.stringify(body)).not.toContain('Secrets');
    expect(error).toHaveBeenCalledWith({ err: cause, requestId: 'request-1' }, expect.any(String));
  });
});

test('a request that breaks a schema is answered with every field that is at fault', () => {
  const schema = z.strictObject({ keys: z.array(z.string('is not text')) });
  const { error } = schema.safeParse({ keys: ['a', 1], other: true });
  expect(invalidRequest('body', error?.issues ?? []).extras.errors).toEqual([
    { field: 'keys.1', message: 'is not text' },
    { field: 'body', message: 'there is no "other", only keys' },
  ]);
});
