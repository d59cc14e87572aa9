import { STATUSES } from './measures.ts';

/** `n` as jsonb writes it, without trailing zeros: equal figures are equal text. */
const figure = (n: string) => `trim_scale(coalesce(${n}, 0)::numeric)`;
/**
 * The quotient with 2 decimals, halves away from zero; null by none. Exact: how many digits `/` gives depends on those that
 * a sum has kept of values that are no longer in it.
 */
const mean = (sum: string, n: string) =>
  `sign(${sum}) * div(abs(${sum}) * 200 + ${n}, nullif(${n}, 0) * 2) * 0.01`;
const list = (items: string[]) => `jsonb_build_array(${items.join(', ')})`;

/** API names of STATUSES. */
const STATUS_NAMES = ['planning', 'inProgress', 'completed', 'onHold', 'cancelled'] as const;

/**
 * The `statistics` member of a document (design.md section 4) as one jsonb expression.
 *
 * It stands in a SELECT whose FROM has `scope s`, and, left-joined by scope key, `total t` (one column per measure),
 * `provinces`, `regions`, `facilities` (each with `items jsonb`), `events` (`items jsonb`, `today`) and
 * `status_changes` (`total`).
 */
export function statisticsSql(months: readonly string[]): string {
  const statuses = STATUSES.map((name, i) => `'${STATUS_NAMES[i]}', ${figure(`t.${name}`)}`).join(', ');
  return `jsonb_build_object(
    'totalProjects', ${figure('t.total')},
    'statusBreakdown', jsonb_build_object(${statuses})
      || CASE WHEN t.status_unknown > 0 THEN jsonb_build_object('unknown', t.status_unknown) ELSE '{}' END,
    'completionPercentage', ${figure('round(t.completed * 100.0 / nullif(t.total, 0), 2)')},
    'averageCompletion', trim_scale(${mean('t.completion', 't.total')}),
    'completionHistogram', ${list(Array.from({ length: 10 }, (_, i) => figure(`t.decile_${i}`)))},
    'capacity', jsonb_build_object(
      'totalKw', ${figure('t.kw')},
      'completedKw', ${figure('t.completed_kw')},
      'pvModules', ${figure('t.pv_modules')},
      'inverters', jsonb_build_object(
        'kw125', ${figure('t.inverters_125kw')},
        'kw80', ${figure('t.inverters_80kw')},
        'kw60', ${figure('t.inverters_60kw')},
        'kw40', ${figure('t.inverters_40kw')},
        'totalKw', 125 * ${figure('t.inverters_125kw')} + 80 * ${figure('t.inverters_80kw')}
                 + 60 * ${figure('t.inverters_60kw')} + 40 * ${figure('t.inverters_40kw')})),
    'business', jsonb_build_object(
      'fts', ${figure('t.fts')}, 'revenue', ${figure('t.revenue')}, 'pqm', ${figure('t.pqm')}),
    'schedule', jsonb_build_object(
      'overdue', ${figure('t.overdue')},
      'dueNext30Days', ${figure('t.due_next_30_days')},
      'startingNext30Days', ${figure('t.starting_next_30_days')},
      'completedLast30Days', ${figure('t.completed_last_30_days')},
      'completedOnTime', ${figure('t.completed_on_time')},
      'completedLate', ${figure('t.completed_late')},
      'completedPerMonth', ${list(
        months.map(
          (first, i) =>
            `jsonb_build_object('month', '${first.slice(0, 7)}', 'count', ${figure(`t.completed_in_month_${i}`)})`,
        ),
      )}),
    'activity', jsonb_build_object(
      'lastActivityDate', to_char(t.last_active_on, 'YYYY-MM-DD'),
      'activeProjects', jsonb_build_object(
        'today', ${figure('t.active_today')},
        'last7Days', ${figure('t.active_last_7_days')},
        'last30Days', ${figure('t.active_last_30_days')}),
      'eventsToday', ${figure('events.today')},
      'eventsPerDay', events.items,
      'statusChangesLast30Days', ${figure('status_changes.total')}),
    'location', jsonb_build_object(
      'mapped', ${figure('t.mapped')},
      'provinces', coalesce(provinces.items, '[]')),
    'breakdown', CASE s.type
      WHEN 'global' THEN jsonb_build_object('regions', coalesce(regions.items, '[]'),
                                            'facilities', coalesce(facilities.items, '[]'))
      WHEN 'regional' THEN jsonb_build_object('facilities', coalesce(facilities.items, '[]'))
      ELSE jsonb_build_object('regions', coalesce(regions.items, '[]'))
    END)`;
}
