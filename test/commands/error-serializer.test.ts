import { expect, test } from 'vitest';
import { errorSerializer } from '../../src/commands/error-serializer.ts';
import { databaseFailure } from '../../src/db/failures.ts';

const revoked = Object.assign(new Error('permission denied for table Projects'), { code: '42501' });

test('what a client reads of a failure stands in the log beside what the database said of it', () => {
  expect(errorSerializer('info')(databaseFailure(revoked) as Error)).toEqual({
    code: '42501',
    message:
      'The database cannot answer this with its tables, rights and files as they are. (permission denied for table Projects)',
  });
});

test('what the database said stands in the log once', () => {
  const explained = new Error(`It failed: ${revoked.message}.`, { cause: revoked });
  for (const error of [revoked, explained])
    expect(errorSerializer('info')(error)).toEqual({ code: '42501', message: error.message });
});
