/** What Workers does to the requests and answers of an app, taken back: the app behaves as on Node. */

/** For what a client goes on sending of a body that was refused. */
const DRAIN_MS = 1_000;

/**
 * Whatever a client accepts, Workers asks for br and gzip, and decodes for the client: then the ETag would not be that of
 * the bytes which arrive. What the client said is beside it.
 */
export function asAsked(request: Request & { cf?: { clientAcceptEncoding?: string } }): Request {
  const accepted = request.cf?.clientAcceptEncoding;
  if (accepted === undefined) return request;
  const headers = new Headers(request.headers);
  headers.set('Accept-Encoding', accepted);
  return new Request(request, { headers });
}

/** Where a body was refused unread, the connection would break before the client has read why. */
export async function drain({ body, bodyUsed }: Request): Promise<void> {
  if (!body || bodyUsed) return;
  await body.pipeTo(new WritableStream(), { signal: AbortSignal.timeout(DRAIN_MS) }).catch(() => undefined);
}

/** A body that is encoded already; without `encodeBody` Workers would encode it once more. */
export function asEncoded(response: Response): Response {
  if (!response.headers.has('Content-Encoding')) return response;
  const init: ResponseInit & { encodeBody: 'manual' } = {
    status: response.status,
    headers: response.headers,
    encodeBody: 'manual',
  };
  return new Response(response.body, init);
}
