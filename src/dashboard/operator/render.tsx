/** The operator's page as the server sends it. Everything beside the login is the script's. */
import { renderDocument } from '../page/document.tsx';
import type { Setting } from '../page/setting.ts';
import type { View } from '../view.ts';
import { Login } from './login.tsx';
import { OPERATOR_ID } from './place.ts';
import { OPERATOR_WORDS } from './words/words.ts';

export interface OperatorPage {
  /** Without figures. */
  view: View;
  timeZone: string;
  /** Nobody can be an administrator here. */
  closed: boolean;
}

export function renderOperator({ view, timeZone, closed }: OperatorPage, setting: Setting): string {
  const { lang } = setting;
  const words = OPERATOR_WORDS[lang];
  return renderDocument({
    ...setting,
    title: words.title,
    description: words.intro,
    view,
    class: 'operator',
    children: (
      <>
        <h1>{words.title}</h1>
        {closed ? (
          <p class="notice">{words.closed}</p>
        ) : (
          <>
            <noscript>
              <p class="notice">{words.needsScript}</p>
            </noscript>
            <div id={OPERATOR_ID} data-lang={lang} data-time-zone={timeZone}>
              <Login words={words} />
            </div>
          </>
        )}
      </>
    ),
  });
}
