/** The operator's page: the token first, then what it opens. */
import { hydrate } from 'preact';
import { useState } from 'preact/hooks';
import { formatIn } from '../format.ts';
import type { Lang } from '../text/text.ts';
import { type Console, OperatorContext } from './context.ts';
import { Login } from './login.tsx';
import { Panel } from './panel.tsx';
import { reasonOf } from './refused.ts';
import { relativeIn } from './relative.ts';
import { type Overview, type RefusedError, Service } from './service.ts';
import { OPERATOR_WORDS } from './words/words.ts';

/** @param place what the server rendered (page.tsx) */
export function start(place: HTMLElement): void {
  const { lang = 'en', timeZone = 'UTC' } = place.dataset;
  const console: Console = {
    words: OPERATOR_WORDS[lang as Lang],
    format: formatIn(lang as Lang, timeZone),
    relative: relativeIn(lang as Lang),
  };
  hydrate(
    <OperatorContext.Provider value={console}>
      <Operator {...console} />
    </OperatorContext.Provider>,
    place,
  );
}

function Operator({ words }: Console) {
  const [opened, setOpened] = useState<{ service: Service; first: Overview }>();
  const [error, setError] = useState<string>();
  const leave = (why?: string) => {
    setOpened(undefined);
    setError(why);
  };
  const enter = async (token: string) => {
    const service = new Service(token);
    try {
      setOpened({ service, first: await service.look() });
      setError(undefined);
    } catch (refused) {
      setError(reasonOf(refused as RefusedError, words));
    }
  };
  if (!opened) return <Login words={words} error={error} onToken={enter} />;
  return <Panel {...opened} onLeave={leave} />;
}
