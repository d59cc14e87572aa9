/** Regions by facility type: how much of a figure is in each pair, the more the darker. */
import { useState } from 'preact/hooks';
import { Changing } from '../changing.tsx';
import { heatClass } from '../charts/heat.ts';
import { orderedBy } from '../tables/order.ts';
import { DOCUMENT_FIELDS, type Part, partsOf } from '../tables/parts.ts';
import { metricTitle, scopePath, type View } from '../view.ts';
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

/** A pair stands in the documents of both; projects without a region, or without a type, are in one of them only. */
function gridOf({ view, attributes }: Shown<Name>): Grid | undefined {
  const metric = attributes.metric as Metric;
  const partsByTitle = (kind: 'regions' | 'facilities') =>
    orderedBy(
      partsOf(view, kind, 'global') ?? [],
      [{ name: 'title', value: ({ title }) => title }],
      { column: 'title', descending: false },
      view.lang,
    );
  const [regions, facilities] = [partsByTitle('regions'), partsByTitle('facilities')];
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
  description: 'Regions by facility type: the more of a figure a pair has, the stronger its colour.',
  example: '<stats-heatmap metric="overdue"></stats-heatmap>',
  attributes: { metric: { description: 'The figure', default: 'total', values: METRICS } },
  needs: () => ({ keys: 'all', fields: DOCUMENT_FIELDS }),
  heading: ({ view }) => view.text.heatmap.heading,
  note: ({ view, attributes }) => metricTitle(view, PATHS[attributes.metric as Metric]),
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
    if (!grid) return <p class="empty">{view.text.missing}</p>;
    const metric = attributes.metric as Metric;
    const label = `${view.text.heatmap.heading}: ${metricTitle(view, PATHS[metric])}`;
    return <HeatTable grid={grid} view={view} label={label} unit={metric === 'totalKw' ? 'kW' : ''} />;
  },
});

/** Regions that are shown at first. */
const LIMIT = 50;

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
  const name = ({ key, title }: Part) => (link && key ? <a href={link(scopePath(key))}>{title}</a> : title);
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
