/** Regions, facility types, provinces or authorities of a scope, a row each. */
import { Changing } from '../changing.tsx';
import { ShareBar } from '../charts/share-bar.tsx';
import { StackedBar } from '../charts/stacked-bar.tsx';
import { sharesLabel, statusShares } from '../charts/status-shares.ts';
import { notPlaced, PART_KINDS, type Part, type PartKind, partNeeds, partsOf } from '../tables/parts.ts';
import { type Column, SortableTable } from '../tables/sortable-table.tsx';
import { whole } from '../text/whole.ts';
import { listPath, metricTitle, missingText, scopePath, type View } from '../view.ts';
import { SCOPE, type Shown, widget } from '../widget.ts';

type Name = 'rows' | 'scope' | 'sort' | 'limit' | 'selected';

const shownParts = ({ view, attributes: { rows, scope } }: Shown<Name>) =>
  partsOf(view, rows as PartKind, scope);

export const statsTable = widget<Name>({
  tag: 'stats-table',
  description:
    'A row for each region, facility type, province or authority: projects, how many are completed, capacity and how many are overdue. People sort it by any column.',
  example: '<stats-table rows="regions"></stats-table>',
  attributes: {
    rows: { description: 'What has a row each', default: 'regions', values: PART_KINDS },
    scope: SCOPE,
    sort: {
      description:
        'The column that it is sorted by at first; default: name, or total where not all rows are shown',
      default: '',
      values: ['', 'name', 'total', 'completion', 'capacity', 'overdue'],
    },
    limit: { description: 'Rows that are shown at first; a button shows the rest', default: '50' },
    selected: {
      description: 'Thai name of a province that is marked; a click sets it and sends the event stats-choose',
      default: '',
    },
  },
  needs: ({ rows, scope }, { meta }) => partNeeds(rows as PartKind, scope, meta),
  heading: ({ view, attributes }) => view.text.parts.heading[attributes.rows as PartKind],
  rows(shown) {
    const parts = shownParts(shown);
    const { projects, parts: words } = shown.view.text;
    const numeric = [
      projects,
      words.completed,
      `${metricTitle(shown.view, 'completionPercentage')} (%)`,
      `${words.capacity} (kW)`,
      words.overdue,
    ];
    return (
      parts && {
        columns: [
          { title: words.one[shown.attributes.rows as PartKind], numeric: false },
          ...numeric.map((title) => ({ title, numeric: true })),
        ],
        rows: parts.map(({ title, total, completed, completion, totalKw, overdue }) => [
          title,
          total,
          completed,
          Math.round(completion * 100) / 100,
          totalKw,
          overdue,
        ]),
      }
    );
  },
  body(shown) {
    const { view, attributes } = shown;
    const kind = attributes.rows as PartKind;
    const parts = shownParts(shown);
    const { parts: words } = view.text;
    if (!parts?.length) return <p class="empty">{parts ? words.empty : missingText(view)}</p>;
    const limit = Number(attributes.limit) || 50;
    const sort = attributes.sort || (parts.length > limit ? 'total' : 'name');
    const outside = notPlaced(view, kind, attributes.scope);
    return (
      <>
        <SortableTable
          columns={columnsOf(shown, kind)}
          rows={parts}
          order={{ column: sort, descending: sort !== 'name' }}
          limit={limit}
          lang={view.lang}
          marked={attributes.selected || undefined}
          showAll={words.showAll(view.format.number(parts.length))}
        />
        {outside > 0 && <p class="advice">{words.advice[kind](view.format.number(outside))}</p>}
      </>
    );
  },
});

function columnsOf(shown: Shown<Name>, kind: PartKind): Column<Part>[] {
  const { view } = shown;
  const { format, text, link } = view;
  return [
    {
      ...{ name: 'name', title: text.parts.one[kind], numeric: false, value: ({ title }) => title },
      cell: (part) => {
        if (kind === 'provinces' && !part.isLast) return <Province {...shown} part={part} />;
        return link && part.key ? (
          <a href={link(scopePath(part.key))}>{whole(part.title)}</a>
        ) : (
          whole(part.title)
        );
      },
    },
    {
      ...{ name: 'total', title: text.projects, numeric: true, value: ({ total }) => total },
      cell: ({ total }) => <Changing text={format.number(total)} />,
    },
    {
      ...{
        name: 'completion',
        title: metricTitle(view, 'completionPercentage'),
        numeric: true,
        value: ({ completion }) => completion,
      },
      cell: (part) => <Completion view={view} part={part} />,
    },
    {
      ...{ name: 'capacity', title: text.parts.capacity, numeric: true, value: ({ totalKw }) => totalKw },
      cell: ({ totalKw }) => format.text(totalKw, 'kW'),
    },
    {
      ...{ name: 'overdue', title: text.parts.overdue, numeric: true, value: ({ overdue }) => overdue },
      cell: ({ key, overdue }) => {
        const figure = (
          <b>
            <Changing text={format.number(overdue)} />
          </b>
        );
        if (!link || !key || overdue === 0) return figure;
        return <a href={link(listPath({ name: 'overdue', scope: key }))}>{figure}</a>;
      },
    },
  ];
}

function Completion({ view, part: { statuses, completion } }: { view: View; part: Part }) {
  const shares = statuses && statusShares(view, statuses);
  return (
    <div class="progress">
      {shares ? (
        <StackedBar shares={shares} label={sharesLabel(view, shares)} />
      ) : (
        <ShareBar percentage={completion} />
      )}
      <span>{view.format.percent(completion)}</span>
    </div>
  );
}

/** A province has no page of its own; it is marked, and a map beside the table marks it too. */
function Province({ attributes, choose, part: { name, title } }: Shown<Name> & { part: Part }) {
  const isSelected = name === attributes.selected;
  return (
    <button
      type="button"
      class="select"
      aria-pressed={isSelected}
      onClick={() => choose?.('selected', isSelected ? '' : name)}
    >
      {title}
    </button>
  );
}
