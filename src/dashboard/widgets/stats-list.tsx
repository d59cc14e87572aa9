/** The projects behind a figure, the worst first. */
import { LIST_NAMES, LISTS, type ListName } from '../../stats/lists.ts';
import { ShareBar } from '../charts/share-bar.tsx';
import type { ListedProject } from '../figures.ts';
import { whole } from '../text/whole.ts';
import {
  type ListPart,
  listKey,
  listPath,
  metricTitle,
  missingText,
  nameTitle,
  scopeTitle,
  type View,
} from '../view.ts';
import { SCOPE, type Shown, type Values, widget } from '../widget.ts';

type Name = 'list' | 'scope' | 'limit' | 'from';

const MOST = 100;

const partOf = ({ list, scope, limit, from }: Values<Name>): ListPart => ({
  name: list as ListName,
  scope,
  limit: Math.min(MOST, Math.max(1, Math.trunc(Number(limit)) || 1)),
  after: from || undefined,
});
const loaded = ({ view, attributes }: Shown<Name>) => view.lists[listKey(partOf(attributes))];

export const statsList = widget<Name>({
  tag: 'stats-list',
  description:
    'The projects that a figure counts, the worst first: the overdue ones, those due soon, and others.',
  example: '<stats-list list="overdue" limit="5"></stats-list>',
  attributes: {
    list: { description: 'Which projects', default: 'overdue', values: LIST_NAMES },
    scope: SCOPE,
    limit: { description: `Projects that are shown, at most ${MOST}`, default: '10' },
    // Not `after`, which is a method of every element.
    from: {
      description: 'Goes on after a part of the list: what GET /stats/lists/{list} gave as next',
      default: '',
    },
  },
  needs: (attributes) => ({
    keys: [attributes.scope],
    fields: [LISTS[attributes.list as ListName].figure.split('.')[0] as 'schedule' | 'activity'],
    list: partOf(attributes),
  }),
  heading: ({ view, attributes }) => metricTitle(view, LISTS[attributes.list as ListName].figure),
  note: (shown) => {
    const total = loaded(shown)?.total;
    const { text, format } = shown.view;
    return total === undefined ? '' : text.status.projects(total, format.number(total));
  },
  rows(shown) {
    const { view } = shown;
    const { text } = view;
    const titles = [text.list.project, text.parts.one.provinces, text.parts.one.facilities, text.list.status];
    return (
      loaded(shown) && {
        columns: [
          ...titles.map((title) => ({ title, numeric: false })),
          { title: text.list.due, numeric: false },
          { title: text.list.daysLate, numeric: true },
          { title: text.list.daysLeft, numeric: true },
          { title: `${text.list.progress} (%)`, numeric: true },
        ],
        rows: (loaded(shown)?.items ?? []).map((project) => [
          nameOf(project),
          ...placesOf(view, project),
          statusOf(view, project),
          project.due,
          project.daysLate,
          project.daysLeft,
          project.completion,
        ]),
      }
    );
  },
  body(shown) {
    const { view, attributes } = shown;
    const { text } = view;
    if (view.meta && !view.meta.lists.includes(attributes.list as ListName))
      return <p class="empty">{text.list.off}</p>;
    const list = loaded(shown);
    if (!list?.items.length) return <p class="empty">{list ? text.list.none : missingText(view)}</p>;
    const titles = [text.list.project, text.parts.one.provinces, text.parts.one.facilities, text.list.status];
    return (
      <>
        <table class="list">
          <thead>
            <tr>
              {titles.map((title, i) => (
                <th key={title} scope="col" class={['', 'place', 'place', 'status'][i]}>
                  {title}
                </th>
              ))}
              <th scope="col" class="numeric">
                {text.list.when[attributes.list as ListName]}
              </th>
              <th scope="col" class="progress numeric">
                {whole(text.list.progress)}
              </th>
            </tr>
          </thead>
          <tbody>
            {list.items.map((project) => (
              <Row key={project.projectId} view={view} project={project} list={attributes.list as ListName} />
            ))}
          </tbody>
        </table>
        <Further view={view} part={partOf(attributes)} total={list.total} next={list.next} />
      </>
    );
  },
});

function Row({ view, project, list }: { view: View; project: ListedProject; list: ListName }) {
  const { format } = view;
  const places = placesOf(view, project);
  const state = (
    <span class="state">
      <i class={`dot fill-${project.status ?? 'unknown'}`} />
      {statusOf(view, project)}
    </span>
  );
  return (
    <tr>
      <th scope="row">
        {nameOf(project)}
        <small class="places">{whole(places.filter(Boolean).join(' · '))}</small>
        <small class="status-below">{state}</small>
      </th>
      {places.map((place) => (
        <td class="place">{place ?? '–'}</td>
      ))}
      <td class="status">{state}</td>
      <td class="numeric">
        <When view={view} project={project} list={list} />
      </td>
      <td class="progress numeric">
        <div class="progress">
          <ShareBar percentage={project.completion} />
          <span>{format.percent(project.completion)}</span>
        </div>
      </td>
    </tr>
  );
}

/** What the list is sorted by: how late, how soon, or the day. */
function When({
  view: { text, format },
  project,
  list,
}: {
  view: View;
  project: ListedProject;
  list: ListName;
}) {
  const { daysLate, daysLeft, start, end, lastActivity } = project;
  if (list === 'overdue' && daysLate !== null)
    return <b class="bad">{text.list.days(daysLate, format.number(daysLate))}</b>;
  if (list === 'dueNext30Days' && daysLeft !== null)
    return <>{text.list.days(daysLeft, format.number(daysLeft))}</>;
  const day = {
    startingNext30Days: start,
    recentlyCompleted: end,
    recentlyActive: lastActivity,
    overdue: null,
    dueNext30Days: null,
  }[list];
  return <>{day ? format.day(day) : '–'}</>;
}

/** The way to the whole list, or to its next part. */
function Further({
  view,
  part,
  total,
  next,
}: {
  view: View;
  part: ListPart;
  total: number;
  next: string | null;
}) {
  const { link, text, format } = view;
  if (!link || (!next && !part.after)) return null;
  const address = (after: string) => link(listPath({ ...part, after }));
  // A whole page goes on; what stands among other widgets leads to the page.
  if (part.limit < PAGE_LIMIT)
    return (
      <a class="more" href={address('')}>
        {text.list.showAll(format.number(total))}
      </a>
    );
  return (
    <p class="parts">
      {part.after && <a href={address('')}>{text.list.first}</a>}
      {next && <a href={address(next)}>{text.list.next}</a>}
    </p>
  );
}

/** Projects on the page of a list. */
export const PAGE_LIMIT = 50;

const nameOf = ({ name, projectId }: ListedProject) => name ?? projectId;
const statusOf = (view: View, { status }: ListedProject) =>
  status ? nameTitle(view, 'statuses', status) : view.text.list.noStatus;

function placesOf(view: View, { province, facilityType }: ListedProject): [string | null, string | null] {
  return [
    province && nameTitle(view, 'provinces', province),
    facilityType && scopeTitle(view, `facility:${facilityType}`),
  ];
}
