/** What every part of the operator's page needs to speak. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Format } from '../format.ts';
import type { Words } from './words/words.ts';

export interface Console {
  words: Words;
  format: Format;
  /** An instant as seen from another one: `3 min. ago`. */
  relative: (instant: string, now: string) => string;
}

export const OperatorContext = createContext<Console | undefined>(undefined);

export function useConsole(): Console {
  return useContext(OperatorContext) as Console;
}
