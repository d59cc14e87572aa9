/** Below every page: of when the figures are, and where to go for more. */
import type { Lang } from '../text/text.ts';
import type { View } from '../view.ts';
import { WORDS } from './words/words.ts';

export function Footer({ view, lang }: { view: View; lang: Lang }) {
  const { footer } = WORDS[lang];
  const { confirmedAt } = view.status;
  const revision = Math.max(0, ...Object.values(view.documents).map(({ version }) => version));
  return (
    <footer class="bottom">
      {confirmedAt && revision > 0 && (
        <p>
          {footer.asOf(view.format.dateTime(confirmedAt))} · {footer.revision(String(revision))}
        </p>
      )}
      <nav aria-label={footer.label}>
        <a href="/docs">{footer.api}</a>
        <a href="/openapi.json">{footer.openapi}</a>
        <a href="/widgets">{footer.widgets}</a>
        <a href="/operator">{footer.operator}</a>
        <span>{footer.credit}</span>
      </nav>
    </footer>
  );
}
