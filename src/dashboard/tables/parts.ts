/** The parts that a scope has: its regions, facility types, provinces or authorities, each with the figures of a row. */
import { GLOBAL_KEY, scopeKey } from '../../stats/keys.ts';
import type { StatusCounts } from '../charts/status-shares.ts';
import type { Field, Figures, Meta } from '../figures.ts';
import { notOnMap, OTHER } from '../map/not-on-map.ts';
import { isScope, nameTitle, scopeTitle, type View } from '../view.ts';
import type { Needs } from '../widget.ts';

export type PartKind = 'regions' | 'facilities' | 'provinces' | 'authorities';
export const PART_KINDS: readonly PartKind[] = ['regions', 'facilities', 'provinces', 'authorities'];

export interface Part {
  name: string;
  /** The cache key of a part that is a scope itself. */
  key: string | undefined;
  title: string;
  total: number;
  completed: number;
  /** In percent. */
  completion: number;
  totalKw: number;
  overdue: number;
  /** Where it has a document. */
  statuses: StatusCounts | undefined;
  /** It holds the projects that are in none of the others. */
  isLast: boolean;
}

/** Names of those that hold what is in no other. */
const NOT_PLACED = new Set(['unknown', 'unassigned', OTHER]);
const TYPES = { regions: 'regional', facilities: 'facility' } as const;

/** Of more scopes nobody loads every document: the global one has a row of each, and the service gives so many by name at most. */
const MOST_DOCUMENTS = 100;

/** What the parts are taken from where they have documents. */
const DOCUMENT_FIELDS: readonly Field[] = [
  'totalProjects',
  'statusBreakdown',
  'completionPercentage',
  'capacity',
  'schedule',
  'breakdown',
];

interface Counted {
  name: string;
  total: number;
  completed: number;
  totalKw: number;
  overdue: number;
}

/** Whether the document of every scope is loaded, for parts of all projects. */
export function hasFewScopes({ scopes }: Meta): boolean {
  return scopes.length <= MOST_DOCUMENTS;
}

/** Regions and facility types of all projects have a document each; other parts stand in the document of their scope. */
function haveDocuments(kind: PartKind, scope: string, meta: Meta | undefined): kind is keyof typeof TYPES {
  return meta !== undefined && hasFewScopes(meta) && kind in TYPES && scope === GLOBAL_KEY;
}

export function partNeeds(kind: PartKind, scope: string, meta: Meta | undefined): Needs {
  if (haveDocuments(kind, scope, meta)) return { keys: 'all', fields: DOCUMENT_FIELDS };
  return { keys: [scope], fields: kind === 'provinces' ? ['totalProjects', 'location'] : ['breakdown'] };
}

/** How many projects of a scope are in none of its parts that have a name. */
export function notPlaced(view: View, kind: PartKind, scope: string): number {
  const document = view.documents[scope];
  if (kind === 'provinces') return document ? notOnMap(document) : 0;
  const last = partsOf(view, kind, scope)?.filter(({ isLast }) => isLast) ?? [];
  return last.reduce((sum, { total }) => sum + total, 0);
}

/** Undefined while they are not loaded. */
export function partsOf(view: View, kind: PartKind, scope: string): Part[] | undefined {
  const document = view.documents[scope];
  if (!view.meta) return undefined;
  if (!haveDocuments(kind, scope, view.meta))
    return document && countedIn(document, kind).map((row) => counted(view, kind, row));
  const type = TYPES[kind];
  const parts = Object.values(view.documents)
    .filter((figures) => figures.type === type)
    .map((figures) => described(view, figures));
  if (parts.length === 0) return undefined;
  const unassigned = document && countedIn(document, kind).find(({ name }) => name === 'unassigned');
  return unassigned ? [...parts, counted(view, kind, unassigned)] : parts;
}

function countedIn({ statistics }: Figures, kind: PartKind): readonly Counted[] {
  if (kind !== 'provinces') return statistics.breakdown?.[kind] ?? [];
  return (statistics.location?.provinces ?? []).map(({ province, ...row }) => ({ name: province, ...row }));
}

function counted(view: View, kind: PartKind, row: Counted): Part {
  const key = kind in TYPES ? scopeKey(TYPES[kind as keyof typeof TYPES], row.name) : undefined;
  const known = key !== undefined && isScope(view, key);
  const title =
    key === undefined
      ? nameTitle(view, kind as 'provinces' | 'authorities', row.name)
      : known
        ? scopeTitle(view, key)
        : row.name === 'unassigned'
          ? view.text.parts.unassigned
          : row.name;
  return {
    ...row,
    key: known ? key : undefined,
    title,
    completion: row.total === 0 ? 0 : (row.completed / row.total) * 100,
    statuses: undefined,
    isLast: NOT_PLACED.has(row.name),
  };
}

function described(view: View, { key, name, statistics }: Figures): Part {
  const { totalProjects = 0, statusBreakdown, completionPercentage = 0, capacity, schedule } = statistics;
  return {
    ...{ name, key, title: scopeTitle(view, key), total: totalProjects },
    completed: statusBreakdown?.completed ?? 0,
    completion: completionPercentage,
    totalKw: capacity?.totalKw ?? 0,
    overdue: schedule?.overdue ?? 0,
    statuses: statusBreakdown,
    isLast: NOT_PLACED.has(name),
  };
}
