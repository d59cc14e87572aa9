/** Requests to the service. */

/** The service answered that it does not have what was asked for, or does not give it. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

/** Of whoever has signed in: in the memory of this tab only. */
let token: string | undefined;

/** @param own undefined: nobody has signed in */
export function signIn(own: string | undefined): void {
  token = own;
}

export const isSignedIn = () => token !== undefined;

/** For requests to the service that the page itself is from. */
export const authorization = (): Record<string, string> =>
  token ? { Authorization: `Bearer ${token}` } : {};

/**
 * Answers are `no-cache` with an ETag: the browser validates them by itself, and a 304 costs no body.
 *
 * @throws Refusal with the problem's detail where the request is at fault; any other Error where the service is, or does not answer
 */
export async function ask(source: string, path: string, init: RequestInit = {}): Promise<Response> {
  const address = new URL(path, source);
  const isOwn = token !== undefined && address.origin === location.origin;
  const answer = await fetch(
    address,
    isOwn ? { ...init, headers: { ...init.headers, ...authorization() } } : init,
  );
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  const detail: string = problem.detail ?? `${path} answered ${answer.status}.`;
  // 408 and 429 ask for patience.
  const atFault = answer.status >= 400 && answer.status < 500 && ![408, 429].includes(answer.status);
  throw atFault ? new Refusal(answer.status, detail) : new Error(detail);
}

const ANSWER_MS = 20_000;

export async function askJson<T>(source: string, path: string): Promise<T> {
  return (await ask(source, path, { signal: AbortSignal.timeout(ANSWER_MS) })).json();
}
