/** What a widget can see while it is rendered: figures that are loaded, words in one language, how far figures can be trusted. */
import { GLOBAL_KEY, scopeName } from '../stats/keys.ts';
import type { ListName } from '../stats/lists.ts';
import type { Figures, Meta, ProjectList, Trend } from './figures.ts';
import { type Format, formatIn } from './format.ts';
import { type Lang, TEXTS, type Text } from './text/text.ts';

/** How far what is shown can be trusted. */
export interface Status {
  /**
   * `live`: changes come as they are committed; `polling`: within seconds; `reconnecting`: the service does not answer;
   * `stale`, `behind`: as the service says (docs/reference.md); `refused`: it does not give what is asked for;
   * `loading`: nothing has come yet, or only the page that the server rendered.
   */
  state: 'loading' | 'live' | 'polling' | 'reconnecting' | 'stale' | 'behind' | 'refused';
  /** ISO 8601; since when, where it is not live. */
  since?: string | undefined;
  reason?: string | null | undefined;
  /** ISO 8601: when the figures were last known to be the present. */
  confirmedAt?: string | undefined;
}

/** Part of a list: so many projects, from the first on or after what the part before names as `next`. */
export interface ListPart {
  name: ListName;
  scope: string;
  limit: number;
  after?: string | undefined;
}

/** The trends of some figures of one scope. */
export interface TrendPart {
  key: string;
  metrics: readonly string[];
}

/** Everything that is loaded. Plain data: the server renders from it, hands it to the page, and the page goes on from it. */
export interface Loaded {
  meta?: Meta | undefined;
  documents: Readonly<Record<string, Figures>>;
  /** By trendKey. */
  trends: Readonly<Record<string, Trend>>;
  /** By listKey. */
  lists: Readonly<Record<string, ProjectList>>;
  status: Status;
}

export const NOTHING: Loaded = {
  documents: {},
  trends: {},
  lists: {},
  status: { state: 'loading' },
};

export const trendKey = (key: string, metrics: readonly string[]) => `${key}?${metrics.join(',')}`;
export const trendOf = ({ trends }: Pick<Loaded, 'trends'>, { key, metrics }: TrendPart) =>
  trends[trendKey(key, metrics)];
export const listKey = ({ name, scope, limit, after = '' }: ListPart) => `${name}?${scope}?${limit}?${after}`;

export interface View extends Loaded {
  lang: Lang;
  text: Text;
  format: Format;
  /** The address of a page of ours; undefined where widgets stand on somebody else's page. */
  link?: ((path: string) => string) | undefined;
}

export function viewOf(loaded: Loaded, lang: Lang, link?: View['link']): View {
  return { ...loaded, lang, text: TEXTS[lang], format: formatIn(lang, loaded.meta?.timeZone ?? 'UTC'), link };
}

/** The scopes of a service by their cache keys: there may be a thousand, and each row of a table asks for one. */
const scopesByKey = new WeakMap<Meta, ReadonlyMap<string, Meta['scopes'][number]>>();

function scopeOf({ meta }: Pick<Loaded, 'meta'>, key: string): Meta['scopes'][number] | undefined {
  if (!meta) return undefined;
  const known = scopesByKey.get(meta) ?? new Map(meta.scopes.map((scope) => [scope.key, scope]));
  scopesByKey.set(meta, known);
  return known.get(key);
}

/** Whether a cache key is known to name a scope. */
export function isScope(loaded: Pick<Loaded, 'meta'>, key: string): boolean {
  return scopeOf(loaded, key) !== undefined;
}

/** What the scope of a cache key is called. */
export function scopeTitle(view: View, key: string): string {
  return scopeOf(view, key)?.title[view.lang] ?? view.documents[key]?.displayName ?? key;
}

/** The path of the page about the scope of a cache key. */
export function scopePath(key: string): string {
  if (key === GLOBAL_KEY) return '/';
  return `/${key.startsWith('region:') ? 'regions' : 'facilities'}/${encodeURIComponent(scopeName(key))}`;
}

/** The path of the page of a list, or of the part of it after a project. */
export function listPath({ name, scope, after }: Pick<ListPart, 'name' | 'scope' | 'after'>): string {
  const further = after ? `&after=${encodeURIComponent(after)}` : '';
  return `/lists/${name}?scope=${encodeURIComponent(scope)}${further}`;
}

/** What a name of a province, an authority or a status is called. */
export function nameTitle(
  { meta, lang }: View,
  kind: 'provinces' | 'authorities' | 'statuses',
  name: string,
): string {
  return meta?.[kind].find((named) => named.name === name)?.title[lang] ?? name;
}

/** Why something is not there: it has not come yet, cannot come now, or never will. */
export function missingText({ text, status: { state, reason } }: View): string {
  if (state === 'refused') return text.live.refused;
  return state === 'reconnecting' || reason === 'database-away' ? text.away : text.missing;
}

/** What the figure at a path is called. */
export function metricTitle({ meta, lang }: View, path: string): string {
  return meta?.metrics.find((metric) => metric.path === path)?.title[lang] ?? path;
}

export function metricUnit({ meta }: View, path: string): string {
  return meta?.metrics.find((metric) => metric.path === path)?.unit ?? '';
}
