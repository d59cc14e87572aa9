/**
 * node:http checks the name and the value of each header of each answer, by two regular expressions and a copy in lower case: an eighth of
 * what an answer from memory costs (docs/adr/015). Nearly all of them were in an answer before, and are not checked again.
 */
import { type IncomingMessage, ServerResponse, validateHeaderName, validateHeaderValue } from 'node:http';

/** What node:http looks at to frame an answer, so that it must see them itself. */
const OF_FRAMING =
  /^(connection|content-disposition|content-length|date|expect|keep-alive|trailer|transfer-encoding)$/i;

interface Line {
  isOfFraming: boolean;
  value: string;
  text: string;
}

/** The last line of each name: answers have few names, and all of them are ours. */
const lines = new Map<string, Line>();

/** What node:http does not document: it writes the headers behind `firstLine`, which it takes as it is. */
interface HeadWriter {
  _storeHeader(firstLine: string, headers?: object): void;
}
const nodeWriter = ServerResponse.prototype as unknown as HeadWriter;

/** An answer whose head is made faster. Where a later Node does not ask for this any more, it makes the head by itself. */
export class CheckedResponse<R extends IncomingMessage = IncomingMessage>
  extends ServerResponse<R>
  implements HeadWriter
{
  _storeHeader(firstLine: string, headers?: Readonly<Record<string, unknown>>): void {
    const known = headers && linesOf(headers);
    if (known) nodeWriter._storeHeader.call(this, firstLine + known.text, known.ofFraming);
    else nodeWriter._storeHeader.call(this, firstLine, headers);
  }
}

/** undefined where they are not one text each: a list of names and values, or those of setHeader. @throws where one is malformed */
function linesOf(headers: Readonly<Record<string, unknown>>) {
  if (Array.isArray(headers)) return undefined;
  const ofFraming: Record<string, string> = {};
  let text = '';
  for (const name in headers) {
    const value = headers[name];
    if (typeof value !== 'string') return undefined;
    const line = lines.get(name) ?? newLine(name);
    if (line.isOfFraming) ofFraming[name] = value;
    else {
      if (line.value !== value) renew(line, name, value);
      text += line.text;
    }
  }
  return { text, ofFraming };
}

function newLine(name: string): Line {
  validateHeaderName(name);
  const line = { isOfFraming: OF_FRAMING.test(name), value: '', text: `${name}: \r\n` };
  lines.set(name, line);
  return line;
}

function renew(line: Line, name: string, value: string): void {
  validateHeaderValue(name, value);
  line.value = value;
  line.text = `${name}: ${value}\r\n`;
}
