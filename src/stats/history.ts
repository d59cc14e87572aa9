/** A trend: figures of one scope by local day, as the columns that `GET /stats/.../history` answers with. */
import { isLosslessNumber, parse } from 'lossless-json';
import { OPTIONAL_PATHS } from './schema.ts';

/** What was kept of a scope at the end of a local day. */
export interface KeptDay {
  /** `YYYY-MM-DD` */
  day: string;
  /** Computed afterwards from the projects; it was never served. */
  estimated: boolean;
  /** The paths of the figures, in their order. */
  paths: readonly string[];
  /** An array as PostgreSQL writes it: `{14,5,NULL}`. */
  figures: string;
}

export interface Columns {
  metrics: readonly string[];
  /** Local days, each once and in order. */
  dates: readonly string[];
}

/** The members `dates`, `series` and `estimated` as JSON text. Figures keep the digits that PostgreSQL computed. */
export function historyMembers(
  kept: readonly KeptDay[],
  present: { day: string; document: string },
  { metrics, dates }: Columns,
): string {
  const byDay = new Map(
    kept.map((row) => [row.day, { ...row, figures: row.figures.slice(1, -1).split(',') }]),
  );
  const ofToday = presentFigures(present.document);
  const figure = (day: string, path: string) =>
    day === present.day ? ofToday(path) : keptFigure(byDay.get(day), path);
  const series = metrics.map((path) => `${JSON.stringify(path)}:[${dates.map((day) => figure(day, path))}]`);
  const estimated = dates.filter((day) => day !== present.day && byDay.get(day)?.estimated);
  return `"dates":${JSON.stringify(dates)},"series":{${series}},"estimated":${JSON.stringify(estimated)}`;
}

function keptFigure(row: { paths: readonly string[]; figures: string[] } | undefined, path: string): string {
  const figure = row?.figures[row.paths.indexOf(path)];
  return figure === undefined || figure === 'NULL' ? 'null' : figure;
}

function presentFigures(document: string): (path: string) => string {
  const { statistics } = parse(document) as { statistics: unknown };
  return (path) => {
    let member: unknown = statistics;
    for (const name of path.split('.')) member = (member as Record<string, unknown> | undefined)?.[name];
    if (isLosslessNumber(member)) return member.value;
    return member === undefined && OPTIONAL_PATHS.includes(path) ? '0' : 'null';
  };
}
