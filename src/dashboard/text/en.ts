/** English. Titles of figures, scopes and names come from the service (GET /meta), not from here. */
export const en = {
  product: 'Solar projects',
  nav: { overview: 'Overview', regions: 'Regions', facilities: 'Facility types', map: 'Map' },
  demo: { label: 'Demo data.', text: 'These projects are made up. Set DATABASE_URL to show your own.' },
  state: {
    loading: 'Loading',
    live: 'Live',
    polling: 'Every few seconds',
    reconnecting: 'Reconnecting',
    stale: 'Stale',
    behind: 'Behind',
    refused: 'Not available',
  },
  live: {
    asOf: 'As of',
    since: 'since',
    reconnecting: (time: string) =>
      `The service does not answer. The figures are those of ${time}. Trying again.`,
    neverConnected: 'The service does not answer. Trying again.',
    refused: 'The service does not give these figures to this page.',
    'database-away': (since: string) =>
      `The database does not answer. The figures are those of ${since}; changes made since then are missing.`,
    'triggers-lost': (since: string) =>
      `Changes may be missing since ${since}: the triggers in the database are gone or switched off.`,
    behind: (since: string) =>
      `Changes have been waiting to be counted since ${since}. The figures come later than usual.`,
    expired: (since: string) =>
      `The figures are those of ${since}. Computing them again takes longer than usual.`,
  },
  menu: { label: 'Data', chart: 'Chart', table: 'Table', csv: 'CSV', json: 'JSON' },
  number: { in30Days: 'in 30 days', in7Days: 'since last week', noChange: 'unchanged' },
  /** Figures in the second line of a tile. */
  beside: {
    'statusBreakdown.completed': (count: string) => `${count} projects`,
    'capacity.completedKw': (capacity: string) => `${capacity} completed`,
    'schedule.startingNext30Days': (count: string) => `${count} starting`,
    'activity.eventsToday': (count: string) => `${count} events`,
    'activity.activeProjects.last7Days': (count: string) => `${count} in 7 days`,
  },
  trend: {
    heading: 'Trend',
    days: (count: number) => `${count} days`,
    dashed: 'dashed: estimated',
    estimated: 'estimated',
    day: 'Day',
  },
  status: {
    heading: 'Status',
    projects: (total: number, count: string) => `${count} ${total === 1 ? 'project' : 'projects'}`,
  },
  bars: {
    completedPerMonth: { heading: 'Completed per month', each: 'Month', counted: 'Projects' },
    eventsPerDay: { heading: 'Activity', each: 'Day', counted: 'Events' },
    completionHistogram: { heading: 'Progress of projects', each: 'Progress', counted: 'Projects' },
    inverters: { heading: 'Inverters', each: 'Size', counted: 'Inverters' },
    months: 'last 12 months',
    days: 'events per day, 14 days',
    average: (percent: string) => `average ${percent}`,
    done: (from: number, below: number) => `${from} to under ${below} %`,
    mostDone: '90 to 100 %',
    capacity: (capacity: string, modules: string) => `${capacity} of inverters · ${modules} PV modules`,
  },
  schedule: { heading: 'Schedule', onTime: 'on time' },
  map: {
    heading: 'Provinces',
    province: 'Province',
    control: 'What colours the provinces',
    projects: (total: number, count: string, done: string) =>
      `${count} ${total === 1 ? 'project' : 'projects'} · ${done} done`,
    more: (capacity: string, overdue: string) => `${capacity} · ${overdue} overdue`,
    none: 'No projects',
    notOnMap: (count: string) => `Not on the map: ${count}`,
    credit: 'Map: Natural Earth',
  },
  projects: 'Projects',
  missing: 'No figures yet',
  away: 'Cannot be loaded now',
  unknownScope: 'There is no such scope.',
  unknownValue: (attribute: string, value: string, nearest = '') =>
    `${attribute}="${value}" is not known.${nearest && ` Did you mean ${nearest}?`}`,
  parts: {
    heading: {
      regions: 'Regions',
      facilities: 'Facility types',
      provinces: 'Provinces',
      authorities: 'Authorities',
    },
    one: { regions: 'Region', facilities: 'Type', provinces: 'Province', authorities: 'Authority' },
    completed: 'Completed',
    capacity: 'Capacity',
    overdue: 'Overdue',
    unassigned: 'Not assigned',
    showAll: (count: string) => `Show all ${count}`,
    empty: 'There are none here.',
    /** What to do about projects that are in none of them. */
    advice: {
      regions: (count: string) =>
        `Projects without a region: ${count}. The job “classify” fills in what is empty; others need a correction.`,
      facilities: (count: string) =>
        `Projects without a facility type: ${count}. The job “classify” fills in what is empty; others need a correction.`,
      provinces: (count: string) =>
        `Not on the map: ${count}. Their province is missing or is not one of the 77. Correct it in the projects.`,
      authorities: (count: string) => `Projects without an authority: ${count}. Set their WaterAuthority.`,
    },
  },
  heatmap: {
    heading: 'Region × facility type',
    largest: (count: string) => `the ${count} largest of each`,
  },
  list: {
    project: 'Project',
    status: 'Status',
    noStatus: 'Unknown',
    due: 'Due',
    progress: 'Progress',
    daysLate: 'Days late',
    daysLeft: 'Days left',
    when: {
      overdue: 'Late by',
      dueNext30Days: 'Due in',
      startingNext30Days: 'Starts on',
      recentlyActive: 'Last activity',
      recentlyCompleted: 'Completed on',
    },
    days: (days: number, count: string) => `${count} ${days === 1 ? 'day' : 'days'}`,
    showAll: (count: string) => `Show all ${count}`,
    first: '← From the beginning',
    next: 'Next →',
    none: 'No project at present.',
    off: 'This service does not serve lists of projects.',
  },
};
