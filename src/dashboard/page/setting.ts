/** What every page is made with, besides its figures. */
import type { Lang } from '../text/text.ts';
import type { Theme } from './theme.ts';

/** Addresses of what the build made (build-assets.mjs). */
export interface AssetNames {
  pageCss: string;
  widgetsCss: string;
  pageScript: string;
  /** What the scripts import, so that the browser asks for all of it at once. */
  preload: readonly string[];
  /** What is loaded only where there is a map. */
  map: string;
  /** The font by the script that it has. */
  fonts: { thai: string; latin: string };
}

export interface Setting {
  assets: AssetNames;
  lang: Lang;
  theme: Theme;
  /** Of the request, as it was sent, without the query. */
  path: string;
  /** What its query says of the page itself, each with `&` behind it: links to another language or other colours keep it. */
  query: string;
}
