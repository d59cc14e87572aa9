/** The words of the page and the widgets: one dictionary for each language, of one type. */
import { en } from './en.ts';
import { th } from './th.ts';

export type Lang = 'en' | 'th';
export type Text = typeof en;
export const TEXTS: Readonly<Record<Lang, Text>> = { en, th };
