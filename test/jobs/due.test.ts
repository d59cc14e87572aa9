/** When jobs are due, in the zone of the statistics and across daylight saving. */
import { expect, test } from 'vitest';
import { dueRuns, dueTimes } from '../../src/jobs/due.ts';

function allBetween(expression: string, timeZone: string, from: string, to: string): string[] {
  const times = dueTimes(expression, timeZone);
  const found: string[] = [];
  for (let at = times.next(new Date(from)); at && at <= new Date(to); at = times.next(at)) {
    expect(times.last(at)).toEqual(at);
    expect(times.last(new Date(at.getTime() + 999))).toEqual(at);
    expect(times.last(new Date(at.getTime() - 1))).not.toEqual(at);
    found.push(at.toISOString().slice(5, 16));
  }
  return found;
}

test.each([
  [
    'a daily job is due by the clock of its zone',
    ...['15 3 * * *', 'Asia/Bangkok', '2026-11-22T00:00Z', '2026-11-24T00:00Z'],
    '11-22T20:15 11-23T20:15',
  ],
  [
    'a time that the clock leaves out comes right after the gap, once',
    ...['30 2 * * *', 'Europe/Berlin', '2026-03-28T00:00Z', '2026-03-30T12:00Z'],
    '03-28T01:30 03-29T01:00 03-30T00:30',
  ],
  [
    'a time that comes twice counts the first time',
    ...['30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', '2026-10-26T12:00Z'],
    '10-25T00:30 10-26T01:30',
  ],
  [
    'a day of the month and a day of the week mean either of them, as in cron',
    ...['0 3 1 * 1', 'UTC', '2026-11-29T00:00Z', '2026-12-08T00:00Z'],
    '11-30T03:00 12-01T03:00 12-07T03:00',
  ],
] as [string, string, string, string, string, string][])('%s', (_, expression, timeZone, from, to, due) => {
  expect(allBetween(expression, timeZone, from, to)).toEqual(due.split(' '));
});

test('a job of every quarter of an hour follows real time through both', () => {
  for (const night of ['2026-03-29', '2026-10-25']) {
    const times = allBetween('*/15 * * * *', 'Europe/Berlin', `${night}T00:00Z`, `${night}T03:00Z`);
    expect(times).toHaveLength(12);
  }
});

test('the newest due time of each job that is on is due; one of before the node kept time was missed', () => {
  const job = (name: string, schedule: string) => ({ name, schedule, description: '', run: async () => '' });
  const jobs = [job('each-minute', '* * * * *'), job('daily', '15 3 * * *'), job('off', 'off')];
  const now = new Date('2026-11-23T12:00:30Z');
  const since = new Date('2026-11-23T11:59:45Z');
  const due = dueRuns(jobs, 'UTC', now, since);
  expect(
    due.map(({ job: { name }, scheduledAt, missed }) => [name, scheduledAt.toISOString(), missed]),
  ).toEqual([
    ['each-minute', '2026-11-23T12:00:00.000Z', false],
    ['daily', '2026-11-23T03:15:00.000Z', true],
  ]);
});
