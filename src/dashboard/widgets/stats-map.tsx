/** Provinces on a map, coloured by one of their figures. */
import { heatClass } from '../charts/heat.ts';
import { useChunk } from '../map/chunk.ts';
import { notOnMap, OTHER } from '../map/not-on-map.ts';
import { RowsTable } from '../rows.tsx';
import { metricTitle, metricUnit, nameTitle, type View } from '../view.ts';
import { type Rows, SCOPE, type Shown, widget } from '../widget.ts';

type Name = 'scope' | 'metric' | 'selected';
/** The figures of a province, and those of a scope that they add up to. */
const METRICS = {
  total: 'totalProjects',
  completed: 'statusBreakdown.completed',
  totalKw: 'capacity.totalKw',
  overdue: 'schedule.overdue',
} as const;
type Metric = keyof typeof METRICS;
const NAMES = Object.keys(METRICS) as Metric[];
type Province = Readonly<Record<Metric, number>> & { province: string };
const NO_PROJECTS = { total: 0, completed: 0, totalKw: 0, overdue: 0 };

/** Undefined while they are not loaded. */
function provincesOf({ view, attributes }: Shown<Name>): readonly Province[] | undefined {
  return view.documents[attributes.scope]?.statistics.location?.provinces;
}

function rowsOf(shown: Shown<Name>): Rows | undefined {
  const { view } = shown;
  const metric = shown.attributes.metric as Metric;
  const isOther = ({ province }: Province) => Number(province === OTHER);
  const rows = provincesOf(shown)
    ?.toSorted((a, b) => isOther(a) - isOther(b) || b[metric] - a[metric])
    .map((province) => [
      nameTitle(view, 'provinces', province.province),
      ...NAMES.map((name) => province[name]),
    ]);
  return (
    rows && {
      columns: [
        { title: view.text.map.province, numeric: false },
        ...NAMES.map((name) => ({ title: columnTitle(view, name), numeric: true })),
      ],
      rows,
    }
  );
}

function columnTitle(view: View, metric: Metric): string {
  const title = metricTitle(view, METRICS[metric]);
  return metric === 'totalKw' ? `${title} (kW)` : title;
}

/** A province with so small a share of the projects of the largest one is where somebody mistyped a region. */
const STRAY = 0.05;

function withoutStray(provinces: readonly Province[]): string[] {
  const onMap = provinces.filter(({ province }) => province !== OTHER);
  const most = Math.max(0, ...onMap.map(({ total }) => total));
  return onMap.filter(({ total }) => total > most * STRAY).map(({ province }) => province);
}

/** What the map says of a province, a line each. */
function linesOf({ format, text }: View, { total, completed, totalKw, overdue }: Omit<Province, 'province'>) {
  if (total === 0) return [text.map.none];
  return [
    text.map.projects(total, format.number(total), format.percent((completed / total) * 100)),
    text.map.more(format.text(totalKw, 'kW'), format.number(overdue)),
  ];
}

/** What the colours mean. They grow with the square root: a few provinces have many projects, and most have few. */
function Legend({ view, attributes, most }: Shown<Name> & { most: number }) {
  const path = METRICS[attributes.metric as Metric];
  const steps = Array.from({ length: 10 }, (_, i) => <i class={`heat-${i}`} />);
  return (
    <div class="scale">
      <span class="steps" aria-hidden="true">
        {steps}
      </span>
      <span class="ends">
        {[0, most / 4, most].map((value) => (
          <small>{view.format.text(value, metricUnit(view, path))}</small>
        ))}
      </span>
    </div>
  );
}

function ProvincesMap(shown: Shown<Name>) {
  const { view, attributes, choose } = shown;
  const metric = attributes.metric as Metric;
  const chunk = useChunk(() => import('../map/province-map.tsx'));
  const provinces = provincesOf(shown) ?? [];
  const byName = new Map(provinces.map((province) => [province.province, province]));
  const most = Math.max(0, ...provinces.filter((p) => p.province !== OTHER).map((p) => p[metric]));
  const document = view.documents[attributes.scope];
  const missing = document ? notOnMap(document) : 0;
  const rows = rowsOf(shown);
  return (
    <div class="map">
      {chunk === undefined || chunk === 'failed' ? (
        <div class={`in-place${chunk === 'failed' ? ' failed' : ''}`}>
          {rows && <RowsTable rows={rows} view={view} />}
        </div>
      ) : (
        <chunk.ProvinceMap
          label={`${view.text.map.heading}: ${metricTitle(view, METRICS[metric])}`}
          selected={attributes.selected}
          onSelect={(name) => choose?.('selected', name)}
          within={attributes.scope.startsWith('region:') ? withoutStray(provinces) : []}
          province={(name) => {
            const province = byName.get(name) ?? NO_PROJECTS;
            return {
              title: nameTitle(view, 'provinces', name),
              lines: linesOf(view, province),
              heat:
                province[metric] > 0 ? heatClass(Math.sqrt(province[metric]), Math.sqrt(most)) : 'heat-none',
            };
          }}
        />
      )}
      <div class="map-legend">
        {most > 0 && <Legend {...shown} most={most} />}
        {missing > 0 && <small>{view.text.map.notOnMap(view.format.number(missing))}</small>}
        <small>{view.text.map.credit}</small>
      </div>
    </div>
  );
}

export const statsMap = widget<Name>({
  tag: 'stats-map',
  description:
    'The provinces on a map, coloured by one of their figures; arrow keys lead from province to province. Of a region it shows its provinces larger. Its code is loaded only where it is used.',
  example: '<stats-map metric="totalKw"></stats-map>',
  attributes: {
    scope: SCOPE,
    metric: { description: 'What colours the provinces', default: 'total', values: NAMES },
    selected: {
      description: 'Thai name of a province that is marked; a click sets it and sends the event stats-choose',
      default: '',
    },
  },
  needs: ({ scope }) => ({ keys: [scope], fields: ['totalProjects', 'location'] }),
  heading: ({ view }) => view.text.map.heading,
  control: ({ view, attributes, choose }) => (
    <select
      class="control"
      aria-label={view.text.map.control}
      value={attributes.metric}
      onChange={({ currentTarget }) => choose?.('metric', currentTarget.value)}
    >
      {NAMES.map((name) => (
        <option value={name}>{metricTitle(view, METRICS[name])}</option>
      ))}
    </select>
  ),
  rows: rowsOf,
  body: (shown) => <ProvincesMap {...shown} />,
});
