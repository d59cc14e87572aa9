/** Figures that are rows of numbers, as bars. */
import { type Bar, Bars } from '../charts/bars.tsx';
import { RowBars } from '../charts/row-bars.tsx';
import type { Figures } from '../figures.ts';
import type { View } from '../view.ts';
import { SCOPE, type Shown, widget } from '../widget.ts';

type Name = 'scope' | 'metric';
type Statistics = Partial<Figures['statistics']>;

interface Kind {
  fields: readonly (keyof Statistics)[];
  /** A class of fills.css. */
  fill: string;
  /** None while nothing is loaded. */
  bars(statistics: Statistics, view: View): readonly Bar[];
  note(statistics: Statistics, view: View): string;
}

const KINDS = {
  completedPerMonth: {
    fields: ['schedule'],
    fill: 'fill-completed',
    bars: ({ schedule }, { format }) =>
      (schedule?.completedPerMonth ?? []).map(({ month, count }) => ({
        label: format.month(month),
        name: format.longMonth(month),
        count,
      })),
    note: (_, { text }) => text.bars.months,
  },
  eventsPerDay: {
    fields: ['activity'],
    fill: 'fill-accent',
    bars: ({ activity }, { format }) =>
      (activity?.eventsPerDay ?? []).map(({ date, count }) => ({
        label: format.dayOfMonth(date),
        name: format.day(date),
        count,
      })),
    note: (_, { text }) => text.bars.days,
  },
  completionHistogram: {
    fields: ['completionHistogram', 'averageCompletion'],
    fill: 'fill-inProgress',
    bars: ({ completionHistogram }, { text }) =>
      (completionHistogram ?? []).map((count, i) => ({
        label: `${i * 10}–${i * 10 + 10}${i === 9 ? ' %' : ''}`,
        name: i === 9 ? text.bars.mostDone : text.bars.done(i * 10, i * 10 + 10),
        count,
      })),
    note: ({ averageCompletion: average }, { text, format }) =>
      typeof average === 'number' ? text.bars.average(format.percent(average)) : '',
  },
  inverters: {
    fields: ['capacity'],
    fill: 'fill-accent',
    bars: ({ capacity }) =>
      (['kw125', 'kw80', 'kw60', 'kw40'] as const).map((size) => {
        const name = `${size.slice(2)} kW`;
        return { label: name, name, count: capacity?.inverters[size] ?? 0 };
      }),
    note: ({ capacity }, { text, format }) =>
      capacity
        ? text.bars.capacity(format.text(capacity.inverters.totalKw, 'kW'), format.number(capacity.pvModules))
        : '',
  },
} satisfies Record<string, Kind>;
const METRICS = Object.keys(KINDS) as (keyof typeof KINDS)[];

function show({ view, attributes }: Shown<Name>) {
  const metric = attributes.metric as keyof typeof KINDS;
  const kind: Kind = KINDS[metric];
  const statistics = view.documents[attributes.scope]?.statistics ?? {};
  const words = view.text.bars[metric];
  return { ...kind, metric, ...words, bars: kind.bars(statistics, view), note: kind.note(statistics, view) };
}

export const statsBars = widget<Name>({
  tag: 'stats-bars',
  description:
    'Bars: projects completed per month, events per day, projects by progress, or inverters by size.',
  example: '<stats-bars metric="completedPerMonth"></stats-bars>',
  attributes: {
    scope: SCOPE,
    metric: { description: 'What is shown', default: 'completedPerMonth', values: METRICS },
  },
  needs: ({ scope, metric }) => ({ keys: [scope], fields: KINDS[metric as keyof typeof KINDS].fields }),
  heading: (shown) => show(shown).heading,
  note: (shown) => {
    const { metric, note } = show(shown);
    return metric === 'inverters' ? '' : note;
  },
  rows: (shown) => {
    const { bars, each, counted } = show(shown);
    return {
      columns: [
        { title: each, numeric: false },
        { title: counted, numeric: true },
      ],
      rows: bars.map(({ name, count }) => [name, count]),
    };
  },
  body(shown) {
    const { metric, bars, fill, note, heading } = show(shown);
    const format = (count: number) => shown.view.format.number(count);
    if (metric !== 'inverters') return <Bars bars={bars} title={heading} fill={fill} format={format} />;
    return (
      <>
        <RowBars rows={bars} format={format} />
        <p class="below">{note}</p>
      </>
    );
  },
});
