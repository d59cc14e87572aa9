/** Regions by facility type: how much of a figure is in each pair, the more the darker. */
import { useState } from 'preact/hooks';
import { GLOBAL_KEY, scopeKey } from '../../stats/keys.ts';
import { Changing } from '../changing.tsx';
import { heatClass } from '../charts/heat.ts';
import { orderedBy } from '../tables/order.ts';
import { hasFewScopes, type Part, partsOf } from '../tables/parts.ts';
import { whole } from '../text/whole.ts';
import { isScope, type Loaded, metricTitle, missingText, scopePath, type View } from '../view.ts';
import { type Shown, widget } from '../widget.ts';

type Name = 'metric';

const METRICS = ['total', 'completed', 'totalKw', 'overdue'] as const;
type Metric = (typeof METRICS)[number];
/** The figures of a document that have the same titles. */
const PATHS: Readonly<Record<Metric, string>> = {
  total: 'totalProjects',
  completed: 'statusBreakdown.completed',
  totalKw: 'capacity.totalKw',
  overdue: 'schedule.overdue',
};

interface Grid {
  regions: readonly Part[];
  facilities: readonly Part[];
  /** For each region, in the order of the facility types; null where no document has the pair. */
  values: readonly (readonly (number | null)[])[];
}

/** Where there are too many scopes for all pairs: so many regions and types, those with the most projects. */
const LARGEST = 50;
const largest = <T extends { total: number }>(parts: readonly T[]) =>
  parts.toSorted((a, b) => b.total - a.total).slice(0, LARGEST);

/** The regions whose documents are loaded where not every document is. */
function largestRegions(loaded: Pick<Loaded, 'meta' | 'documents'>): readonly string[] {
  const regions = loaded.documents[GLOBAL_KEY]?.statistics.breakdown?.regions ?? [];
  const keyed = regions.map(({ name, total }) => ({ key: scopeKey('regional', name), total }));
  return largest(keyed.filter(({ key }) => isScope(loaded, key))).map(({ key }) => key);
}

/** A pair stands in the documents of both; projects without a region, or without a type, are in one of them only. */
function gridOf({ view, attributes }: Shown<Name>): Grid | undefined {
  const metric = attributes.metric as Metric;
  const few = view.meta && hasFewScopes(view.meta);
  const ordered = (kind: 'regions' | 'facilities') => {
    const parts = partsOf(view, kind, GLOBAL_KEY) ?? [];
    if (!few) return largest(parts.filter(({ key }) => key));
    return orderedBy(
      parts,
      [{ name: 'title', value: ({ title }) => title }],
      { column: 'title', descending: false },
      view.lang,
    );
  };
  const [regions, facilities] = [ordered('regions'), ordered('facilities')];
  if (regions.length === 0 || facilities.length === 0) return undefined;
  const inDocuments = (region: Part, facility: Part): number | null => {
    const [ofRegion, ofFacility] = [region.key, facility.key].map(
      (key) => view.documents[key ?? '']?.statistics.breakdown,
    );
    if (ofRegion) return ofRegion.facilities?.find(({ name }) => name === facility.name)?.[metric] ?? 0;
    if (ofFacility) return ofFacility.regions?.find(({ name }) => name === region.name)?.[metric] ?? 0;
    return null;
  };
  return {
    ...{ regions, facilities },
    values: regions.map((region) => facilities.map((facility) => inDocuments(region, facility))),
  };
}

export const statsHeatmap = widget<Name>({
  tag: 'stats-heatmap',
  description: `Regions by facility type: the more of a figure a pair has, the stronger its colour. Of more than 100 scopes it shows the ${LARGEST} regions and types with the most projects.`,
  example: '<stats-heatmap metric="overdue"></stats-heatmap>',
  attributes: { metric: { description: 'The figure', default: 'total', values: METRICS } },
  needs: (_, loaded) => {
    const few = loaded.meta && hasFewScopes(loaded.meta);
    return { keys: few ? 'all' : [GLOBAL_KEY, ...largestRegions(loaded)], fields: ['breakdown'] };
  },
  heading: ({ view }) => view.text.heatmap.heading,
  note: ({ view, attributes }) => {
    const title = metricTitle(view, PATHS[attributes.metric as Metric]);
    const few = !view.meta || hasFewScopes(view.meta);
    return few ? title : `${title} · ${view.text.heatmap.largest(String(LARGEST))}`;
  },
  rows(shown) {
    const grid = gridOf(shown);
    return (
      grid && {
        columns: [
          { title: shown.view.text.parts.one.regions, numeric: false },
          ...grid.facilities.map(({ title }) => ({ title, numeric: true })),
        ],
        rows: grid.regions.map(({ title }, i) => [title, ...(grid.values[i] ?? [])]),
      }
    );
  },
  body(shown) {
    const { view, attributes } = shown;
    const grid = gridOf(shown);
    if (!grid) return <p class="empty">{missingText(view)}</p>;
    const metric = attributes.metric as Metric;
    const label = `${view.text.heatmap.heading}: ${metricTitle(view, PATHS[metric])}`;
    return <HeatTable grid={grid} view={view} label={label} unit={metric === 'totalKw' ? 'kW' : ''} />;
  },
});

/** Regions that are shown at first. */
const LIMIT = 15;

function HeatTable({
  grid: { regions, facilities, values },
  view,
  label,
  unit,
}: {
  grid: Grid;
  view: View;
  label: string;
  unit: string;
}) {
  const [all, setAll] = useState(false);
  const { text, format, link } = view;
  const most = Math.max(...values.flat().map((value) => value ?? 0));
  const name = ({ key, title }: Part) =>
    link && key ? <a href={link(scopePath(key))}>{whole(title)}</a> : whole(title);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be within reach of the keyboard.
    <section class="scroll" aria-label={label} tabIndex={0}>
      <table class="heat">
        <thead>
          <tr>
            <td />
            {facilities.map((facility) => (
              <th key={facility.name} scope="col">
                {name(facility)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {regions.slice(0, all ? undefined : LIMIT).map((region, i) => (
            <tr key={region.name}>
              <th scope="row">{name(region)}</th>
              {values[i]?.map((value) =>
                value === null ? (
                  <td>–</td>
                ) : (
                  <td class={heatClass(value, most)}>
                    <Changing text={format.text(value, unit)} />
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {!all && regions.length > LIMIT && (
        <button type="button" class="more" onClick={() => setAll(true)}>
          {text.parts.showAll(format.number(regions.length))}
        </button>
      )}
    </section>
  );
}
