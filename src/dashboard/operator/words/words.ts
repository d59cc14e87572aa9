import type { Lang } from '../../text/text.ts';
import { en } from './en.ts';
import { th } from './th.ts';

export type Words = typeof en;
export const OPERATOR_WORDS: Readonly<Record<Lang, Words>> = { en, th };
