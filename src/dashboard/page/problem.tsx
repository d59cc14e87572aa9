/** The page in place of one that there is not, or not yet. */
import type { Lang } from '../text/text.ts';
import { NOTHING, scopePath, viewOf } from '../view.ts';
import { renderDocument } from './document.tsx';
import type { Setting } from './setting.ts';
import { WORDS, type Words } from './words/words.ts';

export interface PageProblem {
  kind: 'notFound' | 'unavailable' | 'closed' | 'failed';
  /** In English, as programs get it. */
  detail: string;
  /** The scope that may have been meant. */
  nearest?: { key: string; title: Readonly<Record<Lang, string>> } | undefined;
  requestId: string;
}

const RETRY_SECONDS = 5;

export function renderProblem({ kind, detail, nearest, requestId }: PageProblem, setting: Setting): string {
  const { problem } = WORDS[setting.lang];
  const title = problem[kind];
  return renderDocument({
    ...setting,
    title,
    view: viewOf(NOTHING, setting.lang, (to) => to),
    class: 'problem',
    ...(kind === 'unavailable' ? { retrySeconds: RETRY_SECONDS } : {}),
    children: (
      <>
        <h1>{title}</h1>
        <p>{problem[`${kind}Text`]}</p>
        {kind !== 'closed' && !nearest && (setting.lang === 'en' || kind === 'failed') && (
          <p lang="en">{detail}</p>
        )}
        {kind === 'closed' && <SignIn words={problem.signIn} />}
        {nearest && (
          <p>
            {problem.nearest} <a href={scopePath(nearest.key)}>{nearest.title[setting.lang]}</a>
          </p>
        )}
        <p>
          <a href="/">{problem.home}</a>
        </p>
        <p class="fine">
          {problem.requestId} {requestId}
        </p>
      </>
    ),
  });
}

/** The page's script takes it over (sign-in.ts). */
function SignIn({ words }: { words: Words['problem']['signIn'] }) {
  return (
    <form class="sign-in">
      <label for="token">{words.label}</label>
      <input id="token" type="password" autocomplete="off" spellcheck={false} required />
      <button type="submit" disabled>
        {words.enter}
      </button>
      <p role="alert" hidden>
        {words.refused}
      </p>
      <noscript>
        <p role="alert">{words.noScript}</p>
      </noscript>
      <p class="fine">{words.help}</p>
    </form>
  );
}
