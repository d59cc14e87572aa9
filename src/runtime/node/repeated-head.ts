/**
 * node:http checks the name and the value of each header of each answer, by two regular expressions and a copy in lower case: a twelfth of
 * what an answer costs (docs/adr/015). Those of an answer that is given again were checked when it was given first.
 */
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { HeaderRecord } from '../../http/request-state.ts';

/** Each has a value of its own, or says how long the body is, which node:http must see. */
const WRITTEN_EACH_TIME = ['X-Request-Id', 'Content-Length'];

/** The other lines of the headers of repeated answers. */
const lines = new WeakMap<HeaderRecord, string>();

/** @returns what it is given */
export function repeated(headers: HeaderRecord): HeaderRecord {
  if (!lines.has(headers)) lines.set(headers, linesOf(headers));
  return headers;
}

function linesOf(headers: HeaderRecord): string {
  const fixed = Object.entries(headers).filter(([name]) => !WRITTEN_EACH_TIME.includes(name));
  return fixed.map(([name, value]) => `${name}: ${value}\r\n`).join('');
}

/** What node:http does not document: it writes the headers behind `firstLine`, which it takes as it is. */
interface HeadWriter {
  _storeHeader(firstLine: string, headers?: HeaderRecord): void;
}
const nodeWriter = ServerResponse.prototype as unknown as HeadWriter;

/** Where a later Node does not ask for `_storeHeader` any more, it makes the head by itself. */
export class RepeatingResponse<R extends IncomingMessage = IncomingMessage>
  extends ServerResponse<R>
  implements HeadWriter
{
  _storeHeader(firstLine: string, headers?: HeaderRecord): void {
    const known = headers && lines.get(headers);
    if (known === undefined) nodeWriter._storeHeader.call(this, firstLine, headers);
    else {
      const { 'X-Request-Id': id, 'Content-Length': length } = headers as HeaderRecord;
      const head = `${firstLine}${known}X-Request-Id: ${id}\r\n`;
      nodeWriter._storeHeader.call(this, head, length === undefined ? {} : { 'Content-Length': length });
    }
  }
}
