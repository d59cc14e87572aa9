/** The ranges of calendar days that figures count in. Pure: today is an argument. */
import { daysAfter } from '../stats/days.ts';

/** First and last day; without `from` it has no beginning. */
export interface DayRange {
  readonly from?: string;
  readonly to: string;
}

/** The month `ago` months before that of `day`. */
export function monthOf(day: string, ago: number): Required<DayRange> {
  const [year, month] = day.split('-').map(Number) as [number, number];
  const first = (index: number) =>
    `${String(Math.floor(index / 12)).padStart(4, '0')}-${String((index % 12) + 1).padStart(2, '0')}-01`;
  const index = year * 12 + (month - 1) - ago;
  return { from: first(index), to: daysAfter(first(index + 1), -1) };
}

/** The SQL condition that `day` lies in the range. */
export function inRange(day: string, { from, to }: DayRange): string {
  return from ? `${day} BETWEEN DATE '${from}' AND DATE '${to}'` : `${day} <= DATE '${to}'`;
}
