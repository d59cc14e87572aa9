/** What is missing, or older than the documents. The day is the service's: a browser's clock may be wrong. */
import { scopeKey } from '../../stats/keys.ts';
import type { Figures, Meta } from '../figures.ts';
import { type ListPart, type Loaded, listKey, type TrendPart, trendOf } from '../view.ts';
import type { Needs } from '../widget.ts';

/** Whether a document shows, or a widget says, that there are scopes or names which are not known, or are no more. */
export function isOldMeta(
  { meta, documents }: Pick<Loaded, 'meta' | 'documents'>,
  needs: readonly Needs[],
): boolean {
  if (!meta) return true;
  const scopes = new Set(meta.scopes.map(({ key }) => key));
  const authorities = new Set(meta.authorities.map(({ name }) => name));
  const { regions, facilities } = documents['global']?.statistics.breakdown ?? {};
  return (
    Object.keys(documents).some((key) => !scopes.has(key)) ||
    needs.some(({ keys }) => keys !== 'all' && keys.some((key) => !scopes.has(key))) ||
    differs(meta, 'region', regions) ||
    differs(meta, 'facility', facilities) ||
    Object.values(documents).some(({ statistics }) =>
      statistics.breakdown?.authorities?.some(({ name }) => !authorities.has(name)),
    )
  );
}

/** Keys of documents whose scopes are gone: titles do not have them any more, nor does the document of all projects. */
export function goneKeys({ meta, documents }: Pick<Loaded, 'meta' | 'documents'>): string[] {
  const { regions, facilities } = documents['global']?.statistics.breakdown ?? {};
  const known = new Set([
    ...(meta?.scopes ?? []).map(({ key }) => key),
    ...(regions ?? []).map(({ name }) => scopeKey('regional', name)),
    ...(facilities ?? []).map(({ name }) => scopeKey('facility', name)),
  ]);
  return Object.keys(documents).filter((key) => !known.has(key));
}

/** `unassigned` is no scope. */
function differs(
  { scopes }: Meta,
  type: 'region' | 'facility',
  rows: readonly { name: string }[] | undefined,
): boolean {
  if (!rows) return false;
  const known = new Set(scopes.map(({ key }) => key).filter((key) => key.startsWith(`${type}:`)));
  const present = rows.filter(({ name }) => name !== 'unassigned').map(({ name }) => `${type}:${name}`);
  return known.size !== present.length || present.some((key) => !known.has(key));
}

export function isOldTrend(loaded: Loaded, part: TrendPart): boolean {
  const { meta, documents } = loaded;
  const trend = trendOf(loaded, part);
  const document = documents[part.key];
  if (!trend || !meta || !document) return !trend;
  return dayOf(document, meta.timeZone) > (trend.dates.at(-1) ?? '');
}

/** A list that the service does not serve is not missing. */
export function isOldList({ meta, lists, documents }: Loaded, part: ListPart): boolean {
  const list = lists[listKey(part)];
  if (!list) return meta?.lists.includes(part.name) ?? false;
  return list.version < (documents[part.scope]?.version ?? 0);
}

/** The local day on which a document was computed; `sv` writes days as ISO 8601 does. */
function dayOf({ asOf }: Figures, timeZone: string): string {
  return dayIn(timeZone).format(new Date(asOf));
}

const formats = new Map<string, Intl.DateTimeFormat>();
function dayIn(timeZone: string): Intl.DateTimeFormat {
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat('sv', { timeZone, dateStyle: 'short' });
  formats.set(timeZone, format);
  return format;
}
