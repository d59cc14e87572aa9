import type { Db } from '../../db/connection.ts';
import type { Check } from '../check.ts';
import { type Fault, failed } from './fault.ts';

/** What the encoding of the database means here. Two beside UTF8 can hold Thai letters, with a limit each. */
export function checkEncoding(encoding: string): Check {
  const name = 'encoding';
  if (encoding === 'UTF8') return { name, status: 'ok', detail: 'UTF8.' };
  const advice = 'Dump the database, and restore it into one of UTF8.';
  if (encoding === 'WIN874' || encoding === 'SQL_ASCII') {
    const detail = `It is ${encoding}: the server refuses letters that it has not, or does not know letters from bytes.`;
    return { name, status: 'warning', detail, advice };
  }
  const detail = `It is ${encoding}, which has no Thai letters: the names of provinces cannot be stored. UTF8 is needed.`;
  return { name, status: 'failed', detail, advice };
}

/** Where the migration would fail at the names of provinces. */
export async function encodingRefusal(db: Db): Promise<Fault | undefined> {
  const [{ encoding }] = await db<
    [{ encoding: string }]
  >`SELECT current_setting('server_encoding') AS encoding`;
  const { status, detail, advice } = checkEncoding(encoding);
  if (status !== 'failed') return undefined;
  const fault = failed({ name: 'encoding', area: 'tables and columns', table: '' }, 'refuses', detail);
  return advice ? { ...fault, advice } : fault;
}
