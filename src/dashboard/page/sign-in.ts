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
    const isRefused = !answer || answer.status === 401 || answer.status === 403;
    button.disabled = false;
    error?.toggleAttribute('hidden', !isRefused);
    if (isRefused) return signIn(undefined);
    followLinks(onShown);
    await show(answer, onShown);
  });
}

const load = (address: string) => fetch(address, { headers: { ...authorization(), Accept: 'text/html' } });

let follows = false;

function followLinks(onShown: () => void): void {
  if (follows) return;
  follows = true;
  const go = async (address: string, isNew: boolean) => {
    const answer = await load(address);
    if (!answer.headers.get('Content-Type')?.startsWith('text/html')) return location.assign(address);
    if (isNew) history.pushState(null, '', answer.url + new URL(address).hash);
    await show(answer, onShown);
    if (isNew) scrollTo(0, 0);
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
  addEventListener('popstate', () => void go(location.href, false));
}

async function show(answer: Response, onShown: () => void): Promise<void> {
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  document.body.replaceChildren();
  closeStores();
  document.title = page.title;
  for (const name of ['lang', 'data-theme'])
    document.documentElement.setAttribute(name, page.documentElement.getAttribute(name) ?? '');
  document.body.replaceChildren(...page.body.childNodes);
  onShown();
}
