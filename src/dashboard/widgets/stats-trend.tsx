/** How figures went, day by day. */
import { DaySlider } from '../charts/day-slider.tsx';
import { Lines } from '../charts/lines.tsx';
import { fieldOf, figure } from '../figures.ts';
import { metricTitle, metricUnit, trendKey } from '../view.ts';
import { SCOPE, type Shown, widget } from '../widget.ts';

type Name = 'scope' | 'metrics' | 'days';

/** There are colours for so many; and a chart of more lines says nothing. */
const MOST = 6;
/** Of all charts together, in pixels. */
const HEIGHT = 220;

const pathsOf = (metrics: string) => metrics.split(',').filter(Boolean).slice(0, MOST);

function trendOf({ view, attributes: { scope, metrics, days } }: Shown<Name>) {
  const paths = pathsOf(metrics);
  const trend = view.trends[trendKey(scope, paths)];
  const dates = (trend?.dates ?? []).slice(-Number(days));
  const late = new Set(trend?.estimated);
  const lines = paths.map((path, i) => {
    const past = (trend?.series[path] ?? []).slice(-Number(days));
    // Today is the present figure, which the stream brings.
    const today = figure(view.documents[scope], path);
    return {
      path,
      series: `series-${i + 1}`,
      title: metricTitle(view, path),
      unit: metricUnit(view, path),
      values: past.length === 0 ? past : [...past.slice(0, -1), today ?? past.at(-1) ?? null],
    };
  });
  return { dates, lines, estimated: dates.map((date) => late.has(date)) };
}

export const statsTrend = widget<Name>({
  tag: 'stats-trend',
  description:
    'Lines of up to six figures over 30 or 90 days. Figures of another unit get axes of their own. Dashed are days that were estimated afterwards.',
  example: '<stats-trend metrics="schedule.overdue,schedule.dueNext30Days"></stats-trend>',
  attributes: {
    scope: SCOPE,
    metrics: {
      description: 'Paths of figures that have a history (GET /meta says which), comma-separated',
      default: 'schedule.overdue,schedule.dueNext30Days',
      figures: true,
    },
    days: { description: 'How many days, today the last', default: '90', values: ['30', '90'] },
  },
  needs: ({ scope, metrics }) => ({
    keys: [scope],
    fields: pathsOf(metrics).map(fieldOf),
    trend: { key: scope, metrics: pathsOf(metrics) },
  }),
  heading: ({ view, attributes }) => {
    const [path, another] = pathsOf(attributes.metrics);
    return path && !another ? metricTitle(view, path) : view.text.trend.heading;
  },
  note: (shown) => {
    const { text } = shown.view;
    const days = text.trend.days(Number(shown.attributes.days));
    return trendOf(shown).estimated.includes(true) ? `${days} · ${text.trend.dashed}` : days;
  },
  rows: (shown) => {
    const { text, format } = shown.view;
    const { dates, lines, estimated } = trendOf(shown);
    const some = estimated.includes(true);
    return {
      columns: [
        { title: text.trend.day, numeric: false },
        ...lines.map(({ title }) => ({ title, numeric: true })),
        ...(some ? [{ title: text.trend.estimated, numeric: false }] : []),
      ],
      rows: dates.map((date, i) => [
        format.day(date),
        ...lines.map(({ values }) => values[i] ?? null),
        ...(some ? [estimated[i] ? text.trend.estimated : ''] : []),
      ]),
    };
  },
  body(shown) {
    const { text, format } = shown.view;
    const { dates, lines, estimated } = trendOf(shown);
    const units = [...new Set(lines.map(({ unit }) => unit))];
    const last = dates.length - 1;
    const labels = [0, 1, 2, 3].flatMap((third) => {
      const day = Math.round((third / 3) * last);
      const date = dates[day];
      const anchor = third === 0 ? ('start' as const) : third === 3 ? ('end' as const) : undefined;
      return date ? [{ at: (day / last) * 100, text: format.shortDay(date), ...(anchor && { anchor }) }] : [];
    });
    const value = (line: (typeof lines)[number], day: number) => {
      const of = line.values[day];
      return typeof of === 'number' ? format.text(of, line.unit) : '–';
    };
    const dayInWords = (day: number) => {
      const date = dates[day];
      if (!date) return '';
      return estimated[day] ? `${format.day(date)}, ${text.trend.estimated}` : format.day(date);
    };
    return (
      <DaySlider
        count={dates.length}
        title={lines.map(({ title }) => title).join(', ')}
        sentence={(day) =>
          [dayInWords(day), ...lines.map((line) => `${line.title} ${value(line, day)}`)].join(', ')
        }
      >
        {(day) => (
          <>
            <ul class="line-legend">
              {lines.map((line) => (
                <li key={line.path}>
                  <i class={`dot ${line.series}`} />
                  {line.title} <b>{value(line, day)}</b>
                </li>
              ))}
              <li class="of-day">{dayInWords(day)}</li>
            </ul>
            {units.map((unit) => (
              <Lines
                key={unit}
                lines={lines.filter((line) => line.unit === unit)}
                estimated={estimated}
                at={day}
                height={Math.floor(HEIGHT / units.length)}
                format={(tick) =>
                  Object.values(format.quantity(tick, unit, 0))
                    .filter(Boolean)
                    .join(' ')
                }
                labels={labels}
              />
            ))}
          </>
        )}
      </DaySlider>
    );
  },
});
