import type { Loaded } from '../view.ts';

/** What the server puts into a page of ours as JSON: everything that it rendered the page from. */
export interface Handover {
  loaded: Loaded;
  /** The id of the last event that a stream would have sent; the page's stream goes on from there. */
  eventId: string;
}

/** The id of the element that holds it. */
export const HANDOVER_ID = 'stats-handover';
