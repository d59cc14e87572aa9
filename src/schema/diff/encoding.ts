import type { Db } from '../../db/connection.ts';
import { type Check, check } from '../check.ts';
import { type Fault, failed } from './fault.ts';

/** Those beside UTF8 that hold Thai letters, each with its limit. */
const LIMITS: Readonly<Record<string, string>> = {
  WIN874: ', which has Thai and ASCII only: the server refuses whatever holds another letter or an emoji.',
  SQL_ASCII:
    ': the server does not know letters from bytes. Names are right where every program has written UTF-8.',
};

/** What the encoding of the database means here. */
export function checkEncoding(encoding: string): Check {
  const name = 'encoding';
  if (encoding === 'UTF8') return check(name, 'ok', 'UTF8.');
  const limit = LIMITS[encoding];
  if (limit)
    return check(name, 'warning', `It is ${encoding}${limit}`, {
      advice: 'To be rid of that, dump the database, and restore it into one of UTF8.',
    });
  const detail = `It is ${encoding}, which has no Thai letters: the names of provinces cannot be stored. UTF8 is needed.`;
  return check(name, 'failed', detail, { advice: 'Dump the database, and restore it into one of UTF8.' });
}

/** Where the migration would fail at the names of provinces. */
export async function encodingRefusal(db: Db): Promise<Fault | undefined> {
  const [{ encoding }] = await db<
    [{ encoding: string }]
  >`SELECT current_setting('server_encoding') AS encoding`;
  const { status, detail, advice } = checkEncoding(encoding);
  if (status !== 'failed') return undefined;
  return {
    ...failed({ name: 'encoding', area: 'tables and columns', table: '' }, 'refuses', detail),
    advice,
  };
}
