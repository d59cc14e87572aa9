import { html } from 'hono/html';
import type { Statistics, StatsDocument } from '../stats/schema.ts';

const COLUMNS: Record<string, (statistics: Statistics) => number> = {
  Projects: (s) => s.totalProjects,
  Completed: (s) => s.statusBreakdown.completed,
  'Completed (%)': (s) => s.completionPercentage,
  'In progress': (s) => s.statusBreakdown.inProgress,
  Planning: (s) => s.statusBreakdown.planning,
  Overdue: (s) => s.schedule.overdue,
  'Capacity (kW)': (s) => s.capacity.totalKw,
  'Events today': (s) => s.activity.eventsToday,
};
const ADDRESSES = '/stats /stats/global /stats/regions /stats/facilities /meta /openapi.json /readyz'.split(
  ' ',
);

/**
 * A small page rendered by the server: the figures as they are now, and where the API is.
 *
 * @param timeZone the one whose days the figures count, for the time that is shown
 */
export function page(
  documents: readonly StatsDocument[],
  { demo, timeZone }: { demo: boolean; timeZone: string },
) {
  const newest = documents
    .map(({ asOf }) => asOf)
    .toSorted()
    .at(-1);
  const format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'long', timeZone });
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Solar projects in figures</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, "Noto Sans Thai", sans-serif; }
  body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem; overflow-x: auto; }
  th, td { padding: .4rem .6rem; text-align: right; border-bottom: 1px solid #8884; }
  th:first-child { text-align: left; }
  .demo { border-left: 4px solid #f5c542; padding: .6rem 1rem; }
  li { display: inline-block; margin-right: 1rem; }
</style>
</head>
<body>
<h1>Solar projects <small lang="th">โครงการโซลาร์เซลล์</small></h1>
${demo ? html`<p class="demo"><strong>Demo.</strong> These projects are made up. Set DATABASE_URL to show your own. <span lang="th">ข้อมูลตัวอย่าง</span></p>` : ''}
<table>
<thead><tr><th>Scope</th>${Object.keys(COLUMNS).map((title) => html`<th>${title}</th>`)}</tr></thead>
<tbody>
${documents.map(
  ({ displayName, statistics }) => html`<tr><th scope="row">${displayName}</th>
  ${Object.values(COLUMNS).map((figure) => html`<td>${figure(statistics).toLocaleString('en')}</td>`)}</tr>
`,
)}
</tbody>
</table>
<p>As of ${newest ? html`<time datetime="${newest}">${format.format(new Date(newest))} (${timeZone})</time>` : 'never'}. Reload for newer figures.</p>
<h2>API</h2>
<ul>${ADDRESSES.map((address) => html`<li><a href="${address}">${address}</a></li>`)}</ul>
</body>
</html>`;
}
