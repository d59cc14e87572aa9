/** The province that is selected: every map and table of a page marks it, and the address says so. */

/** In the query of the address. */
export const PROVINCE = 'province';

/** Of `stats-choose`, which widgets send (element.tsx). */
type Choice = CustomEvent<{ name: string; value: string }>;

export function shareSelection(page: Document): void {
  page.addEventListener('stats-choose', (event) => {
    const { name, value } = (event as Choice).detail;
    if (name !== 'selected') return;
    for (const element of page.querySelectorAll('stats-map, stats-table')) {
      if (element !== event.target) element.setAttribute(name, value);
    }
    const address = new URL(location.href);
    if (value) address.searchParams.set(PROVINCE, value);
    else address.searchParams.delete(PROVINCE);
    history.replaceState(history.state, '', address);
  });
}
