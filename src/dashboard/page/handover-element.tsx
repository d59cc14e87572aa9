import { HANDOVER_ID, type Handover } from '../data/handover.ts';

/** A data block, which no browser runs; an escaped `<` keeps texts of the database from ending it. */
export function HandoverElement({ handover }: { handover: Handover }) {
  const __html = JSON.stringify(handover).replaceAll('<', '\\u003c');
  return <script id={HANDOVER_ID} type="application/json" dangerouslySetInnerHTML={{ __html }} />;
}
