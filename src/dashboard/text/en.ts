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
  },
  menu: { label: 'Data', chart: 'Chart', table: 'Table', csv: 'CSV', json: 'JSON' },
  number: { in30Days: 'in 30 days', in7Days: 'since last week', noChange: 'unchanged' },
  status: { heading: 'Status', projects: (count: string) => `${count} projects` },
  projects: 'Projects',
  missing: 'No figures yet',
  unknownScope: 'There is no such scope.',
};
