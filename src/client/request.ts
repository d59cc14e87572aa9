/** One request to the service: as often as it takes, and what is wrong as an error with the service's own words. */
import { backOff, pause, type Range } from './waiting.ts';

export interface RequestOptions {
  /** Sent as `Authorization: Bearer`; a function is called for each attempt, and what it throws is thrown. Default: none. */
  token?: string | (() => string | Promise<string>) | undefined;
  /** How often a request is tried again that got no answer, or 408, 429, 502, 503 or 504. Default 3. */
  retries?: number | undefined;
  /** Of one attempt, in ms; of a stream, until it begins. Default 10,000. */
  timeoutMs?: number | undefined;
  /** Default: that of the platform. */
  fetch?: typeof fetch | undefined;
}

/** No answer, or a problem (RFC 9457), whose detail is the message. */
export class StatsError extends Error {
  override readonly name = 'StatsError';
  /** Of HTTP; 0 where no answer came. */
  readonly status: number;
  /** Of the problem, such as `/problems/not-found`; undefined where none was said. */
  readonly type: string | undefined;
  /** What the service asks to wait before the next attempt; 0 where it asks nothing. */
  readonly retryAfterMs: number;

  constructor(
    status: number,
    message: string,
    { type, retryAfterMs = 0, cause }: { type?: string; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.status = status;
    this.type = type;
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether the same request may be answered later. */
  get isTemporary(): boolean {
    return [0, 408, 429, 502, 503, 504].includes(this.status);
  }
}

const WAIT_MS: Range = [200, 5_000];
/** Whoever asks hears of a longer Retry-After instead of waiting for it. */
const MOST_PATIENCE_MS = 30_000;

/**
 * @param read takes what is wanted from an answer that is 2xx or 304; a body that is cut off is asked for again
 * @throws StatsError, the reason of `signal`, or what `token` throws
 */
export async function request<T>(
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
  options: RequestOptions,
  read: (answer: Response) => Promise<T> | T,
): Promise<T> {
  const { retries = 3, timeoutMs = 10_000, token, fetch = globalThis.fetch } = options;
  for (let failures = 0; ; failures++) {
    const bearer = typeof token === 'function' ? await token() : token;
    const attempt = new AbortController();
    const timer = setTimeout(() => attempt.abort(), timeoutMs);
    try {
      const answer = await fetch(url, {
        headers: { ...headers, ...(bearer && { Authorization: `Bearer ${bearer}` }) },
        signal: signal ? AbortSignal.any([signal, attempt.signal]) : attempt.signal,
      });
      if (answer.ok || answer.status === 304) return await read(answer);
      throw await problemOf(answer);
    } catch (error) {
      signal?.throwIfAborted();
      const failure =
        error instanceof StatsError ? error : new StatsError(0, `${url} does not answer.`, { cause: error });
      const { isTemporary, retryAfterMs } = failure;
      if (failures >= retries || !isTemporary || retryAfterMs > MOST_PATIENCE_MS) throw failure;
      await pause(retryAfterMs + backOff(failures, WAIT_MS), signal);
      signal?.throwIfAborted();
    } finally {
      clearTimeout(timer);
    }
  }
}

async function problemOf(answer: Response): Promise<StatsError> {
  const problem = await answer.json().catch(() => ({}));
  return new StatsError(answer.status, problem.detail ?? `${answer.url} answered ${answer.status}.`, {
    type: problem.type,
    retryAfterMs: 1_000 * Number(answer.headers.get('Retry-After') ?? 0) || 0,
  });
}
