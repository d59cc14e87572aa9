/** How many projects are in which status. */
import { Changing } from '../changing.tsx';
import { StackedBar } from '../charts/stacked-bar.tsx';
import { sharesLabel, statusShares } from '../charts/status-shares.ts';
import { SCOPE, type Shown, widget } from '../widget.ts';

const sharesOf = ({ view, attributes: { scope } }: Shown<'scope'>) =>
  statusShares(view, view.documents[scope]?.statistics.statusBreakdown);

export const statsStatus = widget<'scope'>({
  tag: 'stats-status',
  description: 'Projects by status: a bar of shares with a legend.',
  example: '<stats-status scope="global"></stats-status>',
  attributes: { scope: SCOPE },
  needs: ({ scope }) => ({ keys: [scope], fields: ['totalProjects', 'statusBreakdown'] }),
  heading: ({ view }) => view.text.status.heading,
  note: ({ view, attributes }) => {
    const total = view.documents[attributes.scope]?.statistics.totalProjects;
    return total === undefined ? '' : view.text.status.projects(total, view.format.number(total));
  },
  rows: (shown) => ({
    columns: [
      { title: shown.view.text.status.heading, numeric: false },
      { title: shown.view.text.projects, numeric: true },
      { title: '%', numeric: true },
    ],
    rows: sharesOf(shown).map(({ title, count, percentage }) => [
      title,
      count,
      Math.round(percentage * 100) / 100,
    ]),
  }),
  body(shown) {
    const { view } = shown;
    const shares = sharesOf(shown);
    return (
      <>
        <StackedBar shares={shares} label={sharesLabel(view, shares)} />
        <ul class="legend">
          {shares.map(({ name, title, count, percentage }) => (
            <li key={name}>
              <i class={`dot fill-${name}`} />
              <span>{title}</span>
              <b>
                <Changing text={view.format.number(count)} />
              </b>
              <small>{view.format.percent(Number(percentage.toFixed(1)))}</small>
            </li>
          ))}
        </ul>
      </>
    );
  },
});
