/** @throws TypeError where nothing answers, and Error with the problem's detail where the answer is an error */
export async function fetchJson<T>(source: string, path: string): Promise<T> {
  // Answers are `no-cache` with an ETag: the browser validates them by itself, and a 304 costs no body.
  const answer = await fetch(new URL(path, source));
  if (answer.ok) return answer.json();
  const problem = await answer.json().catch(() => ({}));
  throw new Error(problem.detail ?? `${path} answered ${answer.status}.`);
}
