/**
 * Where reading takes a token: asks for it, and goes through the pages with it, as the links of a browser send none. The token is kept
 * in the memory of this tab, so the tab keeps its document, and only what it shows is replaced.
 */
import { authorization, signIn } from '../data/ask.ts';
import { closeStores } from '../data/store.ts';

/** @param onShown is called whenever another page is shown */
export function offerSignIn(onShown: () => void): void {
  const form = document.querySelector<HTMLFormElement>('form.sign-in');
  const [input, button, error] = ['input', 'button', '[role=alert]'].map((name) => form?.querySelector(name));
  if (!form || !(input instanceof HTMLInputElement) || !(button instanceof HTMLButtonElement)) return;
  button.disabled = false;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    button.disabled = true;
    signIn(input.value.trim());
    const answer = await load(location.href).catch(() => undefined);
    const isKnown = answer?.ok || answer?.status === 404;
    button.disabled = false;
    error?.toggleAttribute('hidden', isKnown);
    if (!answer || !isKnown) return signIn(undefined);
    followLinks(onShown);
    await show(answer, onShown);
  });
}

const load = (address: string, signal?: AbortSignal) =>
  fetch(address, { headers: { ...authorization(), Accept: 'text/html' }, ...(signal && { signal }) });

const pathOf = ({ pathname, search }: URL | Location) => pathname + search;

/** From the first page on that was shown to whoever has signed in; their form is gone then. */
function followLinks(onShown: () => void): void {
  let shown = pathOf(location);
  let going = new AbortController();
  const go = async (address: string, isNew: boolean) => {
    // Of two clicks the last one counts.
    going.abort();
    going = new AbortController();
    const { signal } = going;
    try {
      const answer = await load(address, signal);
      if (isNew) history.pushState(null, '', answer.url + new URL(address).hash);
      shown = pathOf(location);
      await show(answer, onShown, (afterMs) =>
        setTimeout(() => signal.aborted || void go(location.href, false), afterMs),
      );
      if (isNew) scrollTo(0, 0);
    } catch {
      // Where the service does not answer, the browser says so.
      if (!signal.aborted) location.assign(address);
    }
  };
  document.addEventListener('click', (event) => {
    const link = event.composedPath().find((target) => target instanceof HTMLAnchorElement);
    const asksForMore =
      event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
    if (!link || event.defaultPrevented || asksForMore || link.origin !== location.origin) return;
    // Within the page.
    if (link.hash && link.pathname === location.pathname) return;
    event.preventDefault();
    void go(link.href, true);
  });
  document.addEventListener('submit', (event) => {
    const form = event.target as HTMLFormElement;
    if (event.defaultPrevented || form.method !== 'get') return;
    event.preventDefault();
    const address = new URL(form.action);
    for (const [name, value] of new FormData(form)) address.searchParams.set(name, String(value));
    void go(address.href, true);
  });
  addEventListener('popstate', () => {
    // A link within the page moves, and loads nothing.
    if (pathOf(location) !== shown) void go(location.href, false);
  });
}

/** @param again is told after how many ms the page wants to be loaded again, where it does */
async function show(answer: Response, onShown: () => void, again?: (afterMs: number) => void): Promise<void> {
  const text = await answer.text();
  document.body.replaceChildren();
  closeStores();
  if (!answer.headers.get('Content-Type')?.startsWith('text/html')) {
    // Texts of the database may hold anything: what is no page is shown as it is.
    const plain = document.createElement('pre');
    plain.textContent = text;
    document.body.append(plain);
    return;
  }
  const page = new DOMParser().parseFromString(text, 'text/html');
  document.title = page.title;
  for (const name of ['lang', 'data-theme'])
    document.documentElement.setAttribute(name, page.documentElement.getAttribute(name) ?? '');
  document.body.replaceChildren(...page.body.childNodes);
  const refresh = page.querySelector<HTMLMetaElement>('meta[http-equiv=refresh]')?.content;
  if (refresh) again?.(Number(refresh) * 1_000);
  onShown();
}
