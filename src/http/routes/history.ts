import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Reading } from '../../cache/reader.ts';
import type { Snapshot } from '../../cache/snapshot.ts';
import type { History } from '../../client/answers.ts';
import type { StatsService } from '../../service/service.ts';
import { datesBetween, daysAfter } from '../../stats/days.ts';
import { type Columns, historyMembers, type KeptDay } from '../../stats/history.ts';
import { GLOBAL_KEY } from '../../stats/keys.ts';
import { HISTORY_PATHS } from '../../stats/schema.ts';
import { andThen } from '../../timing/now-or-later.ts';
import { type AnswerContext, answer } from '../answer.ts';
import { askedBy } from '../caching.ts';
import { notAmong } from '../not-among.ts';
import { json } from '../openapi.ts';
import { invalidRequest } from '../problem.ts';
import type { ReadRoute } from './read-route.ts';
import { commaSeparated, contentId, keyOf, onlyItem, readQuery } from './stats.ts';

const MAX_METRICS = 20;
/** When `from` is missing: days, that of `to` included. */
const DEFAULT_DAYS = 90;
/** Ten years, which is the most that HISTORY_DAYS can be. */
const MAX_DAYS = 3_660;

const historyQuery = readQuery.extend({
  metrics: commaSeparated
    .transform((paths) => [...new Set(paths.map((path) => path.trim()))])
    .pipe(z.array(z.enum(HISTORY_PATHS as [string, ...string[]], { error: unknownMetric })).max(MAX_METRICS))
    .openapi({
      type: 'string',
      description: `Paths of figures that have a history (GET /meta says which), comma-separated or repeated; at most ${MAX_METRICS}`,
      example: 'schedule.overdue,statusBreakdown.completed',
    }),
  from: z.iso
    .date()
    .optional()
    .openapi({
      description: `First local day; default: ${DEFAULT_DAYS} days ending with \`to\``,
      example: '2026-09-01',
    }),
  to: z.iso.date().optional().openapi({ description: 'Last local day; default and at most: today' }),
});
type HistoryQuery = z.output<typeof historyQuery>;

function unknownMetric({ input }: { input?: unknown }): string {
  return `${notAmong(String(input), HISTORY_PATHS)}; GET /meta has all metrics`;
}

const historySchema = z
  .object({
    key: z.string(),
    version: z.int().openapi({ description: 'Of the present document, which is the figures of today' }),
    from: z.iso.date(),
    to: z.iso.date(),
    dates: z.array(z.iso.date()),
    series: z.record(z.string(), z.array(z.number().nullable())).openapi({
      description:
        'By metric, a figure for each of `dates`: that of the last document served on that day; null where none was kept',
    }),
    estimated: z
      .array(z.iso.date())
      .openapi({ description: 'Those of `dates` whose figures were computed afterwards from the projects' }),
  })
  .openapi('StatsHistory') satisfies z.ZodType<History>;

/** Trends: the figures of past days beside those of today. */
export function historyRoutes(route: ReadRoute, service: StatsService, context: AnswerContext): void {
  const history = (c: Context, query: HistoryQuery, choose: (snapshot: Snapshot) => string) => {
    const { metrics } = query;
    const present = service.read((snapshot) => [choose(snapshot)], askedBy(c, query));
    return andThen(present, (read) => {
      const item = onlyItem(read);
      const { key, version } = item.entry;
      const today = read.snapshot.localDate ?? '';
      const [from, to] = rangeOf(query, today);
      return andThen(service.history(read, key), ({ reading, days }) => {
        // Estimates may come after the first answer: the number of days tells such answers apart.
        const name = `history/${key}@${version}#${today}.${days.length}/${from}/${to}/${metrics}`;
        return answer(c, context, reading, contentId(name, reading), () =>
          historyText(item, today, days, { metrics, dates: datesBetween(from, to) }),
        );
      });
    });
  };

  const declared = { query: historyQuery, answer: json(historySchema, 'Figures by local day') };
  route(
    '/stats/global/history',
    { ...declared, summary: 'The trend of figures of all projects' },
    (c, query) => history(c, query, () => GLOBAL_KEY),
  );
  for (const [path, type, what] of [
    ['/stats/regions/{name}/history', 'regional', 'a region'],
    ['/stats/facilities/{name}/history', 'facility', 'a facility type'],
  ] as const) {
    const params = z.object({ name: z.string() });
    route(path, { ...declared, params, summary: `The trend of figures of ${what}` }, (c, query) =>
      history(c, query, (snapshot) => keyOf(snapshot, type, c.req.param('name') ?? '')),
    );
  }
}

/** The trend of a scope as JSON. */
export function historyText(
  { entry: { key, version }, text }: Reading['items'][number],
  today: string,
  days: readonly KeptDay[],
  columns: Columns,
): string {
  const { dates } = columns;
  const head = JSON.stringify({ key, version, from: dates[0], to: dates.at(-1) }).slice(1, -1);
  return `{${head},${historyMembers(days, { day: today, document: text }, columns)}}`;
}

/** What is after today is left out: the clock of a client may be ahead. */
function rangeOf(
  { from, to }: Partial<Pick<HistoryQuery, 'from' | 'to'>>,
  today: string,
): [first: string, last: string] {
  const last = to !== undefined && to < today ? to : today;
  const first = from ?? daysAfter(last, 1 - DEFAULT_DAYS);
  if (first > last) throw refused(`is after ${last}, the last day asked for`);
  if (first < daysAfter(last, 1 - MAX_DAYS)) throw refused(`is more than ${MAX_DAYS} days before ${last}`);
  return [first, last];
}

/** The days of a trend when nothing else is asked for. */
export const defaultDates = (today: string) => datesBetween(...rangeOf({}, today));

const refused = (message: string) =>
  invalidRequest('query', [{ code: 'custom', path: ['from'], message, input: undefined }]);
