/** Whether projects were completed on time, and what comes next. */
import { Changing } from '../changing.tsx';
import { Donut } from '../charts/donut.tsx';
import { metricTitle } from '../view.ts';
import { SCOPE, type Shown, widget } from '../widget.ts';

/** In the order of the legend: the figure, and the fill of its dot. The first two are the ring. */
const PARTS = [
  ['completedOnTime', 'completed'],
  ['completedLate', 'onHold'],
  ['startingNext30Days', 'planning'],
  ['dueNext30Days', 'inProgress'],
] as const;

function countsOf({ view, attributes: { scope } }: Shown<'scope'>) {
  const schedule = view.documents[scope]?.statistics.schedule;
  return PARTS.map(([name, fill]) => ({
    fill,
    title: metricTitle(view, `schedule.${name}`),
    count: schedule?.[name] ?? null,
  }));
}

export const statsSchedule = widget<'scope'>({
  tag: 'stats-schedule',
  description: 'Projects completed on time and late, as a ring, with those that start and that are due soon.',
  example: '<stats-schedule scope="global"></stats-schedule>',
  attributes: { scope: SCOPE },
  needs: ({ scope }) => ({ keys: [scope], fields: ['schedule'] }),
  heading: ({ view }) => view.text.schedule.heading,
  rows: (shown) => ({
    columns: [
      { title: shown.view.text.schedule.heading, numeric: false },
      { title: shown.view.text.projects, numeric: true },
    ],
    rows: countsOf(shown).map(({ title, count }) => [title, count]),
  }),
  body(shown) {
    const { text, format } = shown.view;
    const parts = countsOf(shown);
    const [onTime, late] = [parts[0]?.count ?? 0, parts[1]?.count ?? 0];
    const completed = onTime + late;
    const share = (count: number) => (completed === 0 ? 0 : (count / completed) * 100);
    const percent = completed === 0 ? '–' : `${format.number(share(onTime), 0)} %`;
    return (
      <div class="beside">
        <Donut
          size={116}
          thickness={15}
          shares={[
            { fill: 'completed', percentage: share(onTime) },
            { fill: 'onHold', percentage: share(late) },
          ]}
          label={`${percent} ${text.schedule.onTime}`}
        >
          <text class="donut-value" x="50%" y="50%" text-anchor="middle">
            {percent}
          </text>
          <text class="label" x="50%" y="50%" dy="1.5em" text-anchor="middle">
            {text.schedule.onTime}
          </text>
        </Donut>
        <ul class="legend">
          {parts.map(({ fill, title, count }) => (
            <li key={title}>
              <i class={`dot fill-${fill}`} />
              <span>{title}</span>
              <b>
                <Changing text={count === null ? '–' : format.number(count)} />
              </b>
            </li>
          ))}
        </ul>
      </div>
    );
  },
});
