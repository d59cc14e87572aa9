/** The header traceparent (W3C Trace Context, section 3.2): by it a caller finds in our log, and in PostgreSQL's, what was done for it. */

/** Version, trace id, parent id, flags. Ids of zeros and version ff are invalid; versions after 00 may go on behind the flags. */
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/;

/** @returns undefined where it is malformed: then the request is answered as one without the header */
export function traceIdOf(traceparent: string): string | undefined {
  const [, version, traceId, rest] = TRACEPARENT.exec(traceparent) ?? [];
  return version === '00' && rest !== undefined ? undefined : traceId;
}
