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

/**
 * Answers are `no-cache` with an ETag: the browser validates them by itself, and a 304 costs no body.
 *
 * @throws Refusal with the problem's detail where the request is at fault; any other Error where the service is, or does not answer
 */
export async function ask(source: string, path: string, init: RequestInit = {}): Promise<Response> {
  const answer = await fetch(new URL(path, source), init);
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
