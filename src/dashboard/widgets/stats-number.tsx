/** One figure, how it changed, and how it went. */
import { Changing } from '../changing.tsx';
import { Sparkline } from '../charts/sparkline.tsx';
import { fieldOf, figure } from '../figures.ts';
import { metricTitle, metricUnit, trendKey } from '../view.ts';
import { SCOPE, type Shown, type Values, widget } from '../widget.ts';

type Name = 'scope' | 'metric' | 'compare' | 'good';

/** The figure of today is the present one; those of before are from the history. */
function valuesOf({ view, attributes: { scope, metric } }: Shown<Name>): readonly (number | null)[] {
  const past = view.trends[trendKey(scope, [metric])]?.series[metric] ?? [];
  return [...past.slice(0, -1), figure(view.documents[scope], metric) ?? null];
}

function Change(shown: Shown<Name>) {
  const { view, attributes } = shown;
  const values = valuesOf(shown);
  const [now, then] = [values.at(-1), values.at(-1 - Number(attributes.compare))];
  if (typeof now !== 'number' || typeof then !== 'number') return <p class="change">&nbsp;</p>;
  const { number } = view.text;
  const since = attributes.compare === '7' ? number.in7Days : number.in30Days;
  const difference = Math.round((now - then) * 100) / 100;
  if (difference === 0) return <p class="change">{`${number.noChange} ${since}`}</p>;
  const isGood = difference > 0 === (attributes.good === 'more');
  const kind = attributes.good === 'neither' ? '' : isGood ? 'good' : 'bad';
  const unit = metricUnit(view, attributes.metric);
  return (
    <p class="change">
      <span
        class={kind}
      >{`${difference > 0 ? '▲' : '▼'} ${view.format.text(Math.abs(difference), unit)}`}</span>{' '}
      {since}
    </p>
  );
}

export const statsNumber = widget<Name>({
  tag: 'stats-number',
  description:
    'One figure with its unit, its change against 7 or 30 days ago, and a small line of the last 30 days.',
  example: '<stats-number metric="schedule.overdue" good="less"></stats-number>',
  frame: 'tile',
  attributes: {
    scope: SCOPE,
    metric: {
      description: 'Path of a figure that is one number, as GET /meta lists it',
      default: 'totalProjects',
    },
    compare: { description: 'Days that the change is counted over', default: '30', values: ['7', '30'] },
    good: {
      description: 'Which change is good news',
      default: 'neither',
      values: ['more', 'less', 'neither'],
    },
  },
  needs: ({ scope, metric }: Values<Name>) => ({
    keys: [scope],
    fields: [fieldOf(metric)],
    trend: { key: scope, metrics: [metric] },
  }),
  heading: ({ view, attributes }) => metricTitle(view, attributes.metric),
  body(shown) {
    const { view, attributes } = shown;
    const now = figure(view.documents[attributes.scope], attributes.metric);
    const { value, unit } =
      typeof now === 'number'
        ? view.format.quantity(now, metricUnit(view, attributes.metric))
        : { value: '–', unit: '' };
    return (
      <>
        <p class={`value${attributes.good === 'less' && now ? ' bad' : ''}`} part="value">
          <Changing text={value} /> {unit && <small class="unit">{unit}</small>}
        </p>
        <Change {...shown} />
        <Sparkline values={valuesOf(shown).slice(-30)} />
      </>
    );
  },
});
