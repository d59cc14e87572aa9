/** What a page is called, and the pages above it. */
import { LISTS } from '../../stats/lists.ts';
import { metricTitle, scopePath, scopeTitle, type View } from '../view.ts';
import type { Page } from './pages.ts';

export function titleOf({ section, scope, list }: Page, view: View): string {
  const about = scope === 'global' ? undefined : scopeTitle(view, scope);
  if (list) return [metricTitle(view, LISTS[list].figure), about].filter(Boolean).join(' · ');
  return about ?? view.text.nav[section];
}

/** The way back, from the overview down to here. */
function pagesAbove({ section, scope, list }: Page, view: View): { title: string; path: string }[] {
  const above = [{ title: view.text.nav.overview, path: '/' }];
  if (scope !== 'global') {
    const parts = scope.startsWith('region:') ? 'regions' : 'facilities';
    above.push({ title: view.text.nav[parts], path: `/${parts}` });
    if (list || section === 'map') above.push({ title: scopeTitle(view, scope), path: scopePath(scope) });
  }
  return above;
}

/** Where the navigation says what a page is, its title is there for screen readers only. */
export function Title({ page, view }: { page: Page; view: View }) {
  const title = titleOf(page, view);
  if (page.scope === 'global' && !page.list) return <h1 class="unseen">{title}</h1>;
  return (
    <div class="full title">
      <p class="above">
        {pagesAbove(page, view).map(({ title: above, path }) => (
          <a key={path} href={path}>
            {above}
          </a>
        ))}
      </p>
      <h1>{title}</h1>
    </div>
  );
}
