/** One figure, how it changed, and how it went. */
import { LISTS } from '../../stats/lists.ts';
import { Changing } from '../changing.tsx';
import { Donut } from '../charts/donut.tsx';
import { Sparkline } from '../charts/sparkline.tsx';
import { fieldOf, figure } from '../figures.ts';
import { listPath, metricTitle, metricUnit, trendKey, type View } from '../view.ts';
import { SCOPE, type Shown, type Values, widget } from '../widget.ts';

type Name = 'scope' | 'metric' | 'compare' | 'good' | 'beside' | 'ring';

const pathsOf = (list: string) => list.split(',').filter(Boolean);

/** The figure of today is the present one; those of before are from the history. */
function valuesOf({ view, attributes: { scope, metric } }: Shown<Name>): readonly (number | null)[] {
  const past = view.trends[trendKey(scope, [metric])]?.series[metric] ?? [];
  return [...past.slice(0, -1), figure(view.documents[scope], metric) ?? null];
}

/** `▲ 5`; undefined where there is nothing to compare with. */
function changeOf(shown: Shown<Name>) {
  const { view, attributes } = shown;
  const values = valuesOf(shown);
  const [now, then] = [values.at(-1), values.at(-1 - Number(attributes.compare))];
  if (attributes.compare === 'none' || typeof now !== 'number' || typeof then !== 'number') return undefined;
  const since = attributes.compare === '7' ? view.text.number.in7Days : view.text.number.in30Days;
  const difference = Math.round((now - then) * 100) / 100;
  if (difference === 0) return { kind: '', text: view.text.number.noChange, since };
  const isGood = difference > 0 === (attributes.good === 'more');
  const kind = attributes.good === 'neither' ? '' : isGood ? 'good' : 'bad';
  const unit = metricUnit(view, attributes.metric);
  const size = Math.abs(difference);
  // Percentages differ by points, not by percent.
  const text = unit === '%' ? view.format.number(size, 1, 1) : view.format.text(size, unit);
  return { kind, text: `${difference > 0 ? '▲' : '▼'} ${text}`, since };
}

/** `329 projects`: a figure in words, or with its title where there are no words for it. */
function inWords(view: View, scope: string, path: string): string | undefined {
  const value = figure(view.documents[scope], path);
  if (typeof value !== 'number') return undefined;
  const text = view.format.text(value, metricUnit(view, path));
  const words = (view.text.beside as Partial<Record<string, (value: string) => string>>)[path];
  return words ? words(text) : `${metricTitle(view, path)} ${text}`;
}

function SecondLine(shown: Shown<Name>) {
  const { view, attributes } = shown;
  const others = pathsOf(attributes.beside)
    .map((path) => inWords(view, attributes.scope, path))
    .filter((words) => words !== undefined);
  const change = changeOf(shown);
  return (
    <p class="change">
      {others.join(' · ')}
      {change && others.length > 0 && ' · '}
      {change && <span class={change.kind}>{change.text}</span>}
      {change && <span class={others.length > 0 ? 'unseen' : ''}>{` ${change.since}`}</span>}
      {!change && others.length === 0 && '\u00A0'}
    </p>
  );
}

/** On our own pages: the address of the projects that the figure counts, where there is a list of them. */
function listOf({ view, attributes: { scope, metric } }: Shown<Name>): string | undefined {
  const name = view.meta?.lists.find((list) => LISTS[list].figure === metric);
  return name && view.link?.(listPath({ name, scope }));
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
      figures: true,
    },
    compare: {
      description: 'Days that the change is counted over, or none',
      default: '30',
      values: ['7', '30', 'none'],
    },
    good: {
      description: 'Which change is good news',
      default: 'neither',
      values: ['more', 'less', 'neither'],
    },
    beside: {
      description: 'Paths of further figures for the second line, comma-separated',
      default: '',
      figures: true,
    },
    ring: { description: 'A percentage as a ring too', default: 'no', values: ['no', 'yes'] },
  },
  needs: ({ scope, metric, beside }: Values<Name>) => ({
    keys: [scope],
    fields: [metric, ...pathsOf(beside)].map(fieldOf),
    trend: { key: scope, metrics: [metric] },
  }),
  heading: ({ view, attributes }) => metricTitle(view, attributes.metric),
  body(shown) {
    const { view, attributes } = shown;
    const now = figure(view.documents[attributes.scope], attributes.metric);
    const list = listOf(shown);
    const { value, unit } =
      typeof now === 'number'
        ? view.format.quantity(now, metricUnit(view, attributes.metric))
        : { value: '–', unit: '' };
    return (
      <>
        {attributes.ring === 'yes' && unit === '%' && (
          <div class="ring">
            <Donut size={46} thickness={6} shares={[{ fill: 'completed', percentage: now ?? 0 }]} />
          </div>
        )}
        <p class={`value${attributes.good === 'less' && now ? ' bad' : ''}`} part="value">
          {list ? (
            <a href={list}>
              <Changing text={value} />
            </a>
          ) : (
            <Changing text={value} />
          )}{' '}
          {unit && <small class="unit">{unit}</small>}
        </p>
        <SecondLine {...shown} />
        <Sparkline values={valuesOf(shown).slice(-30)} />
      </>
    );
  },
});
