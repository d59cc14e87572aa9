import type { Loaded } from '../view.ts';
import type { Start } from './feed.ts';

/** What the server puts into a page of ours as JSON: everything that it rendered the page from. */
export interface Handover {
  loaded: Loaded;
  /** The page's stream goes on from there. */
  position: Start['position'];
}

/** The id of the element that holds it. */
export const HANDOVER_ID = 'stats-handover';
