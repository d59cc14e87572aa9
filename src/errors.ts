/**
 * One class per failure, each with a stable code. No HTTP here: http/problem.ts decides what a client sees.
 * `message` says what happened; `help` says what to do about it.
 */
export abstract class AppError extends Error {
  abstract readonly code: string;
  readonly help: string | undefined;

  constructor(message: string, options: { help?: string | undefined; cause?: unknown } = {}) {
    super(message, options);
    this.name = new.target.name;
    this.help = options.help;
  }
}

/** The class that a failure of this code extends. */
function failure<const C extends string>(code: C) {
  return class extends AppError {
    readonly code = code;
  };
}

/** Settings that are missing, malformed or contradict each other; `faults` lists all of them at once. */
export class ConfigError extends failure('config-invalid') {
  constructor(readonly faults: readonly string[]) {
    const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`;
    super(`The configuration has ${count}:\n  ${faults.join('\n  ')}`);
  }
}

/** The PostgreSQL server that this program starts by itself could not be started, stopped or locked. */
export class EmbeddedServerError extends failure('embedded-server') {}

/** A migration failed, was edited after it was applied, or meets objects of another shape. */
export class MigrationError extends failure('migration') {}

/** A backup could not be made, or cannot be gone back to. */
export class BackupError extends failure('backup') {}

/** The database cannot be reached, or refused or dropped the connection. */
export class DatabaseUnavailableError extends failure('database-unavailable') {}

/** The database answers, but not this: a table, a column or a right is missing, or a file is damaged. */
export class DatabaseIncompleteError extends DatabaseUnavailableError {}

/** Somebody pressed Ctrl-C, or a service manager asked for the end. */
export class InterruptedError extends failure('interrupted') {
  /** @param done what was done and what was not, as a clause */
  constructor(done: string) {
    super(`Interrupted: ${done}. Run it again to go on.`);
  }
}

/** The server refuses to do what a command asks: it takes no writes, or the role lacks a right. */
export class RefusedByServerError extends failure('refused-by-server') {}

/** The database has not been migrated to the schema that this program needs. */
export class NotMigratedError extends failure('not-migrated') {}

/** Something that the migrations created is gone; running them again does not create it. */
export const RUN_VERIFY =
  'See what is missing, and the statements that create it again: dashboard-stats verify';

/** The row that orders all refreshes is gone, while the migrations are applied. */
export class StateRowMissingError extends NotMigratedError {
  constructor() {
    super('The state row of dashboard-stats is missing.', { help: RUN_VERIFY });
  }
}

/** STATS_TIME_ZONE is not the zone that the kept statistics were computed in. */
export class TimeZoneMismatchError extends failure('time-zone-mismatch') {
  constructor(kept: string, configured: string) {
    super(
      `The statistics in this database are kept for the time zone ${kept}, but STATS_TIME_ZONE is ${configured}.`,
      {
        help: `Set STATS_TIME_ZONE=${kept}, or recompute everything under ${configured}: STATS_TIME_ZONE=${configured} dashboard-stats recompute --full`,
      },
    );
  }
}

/** This PostgreSQL server has no time zone of the name in STATS_TIME_ZONE. */
export class UnknownTimeZoneError extends failure('unknown-time-zone') {
  constructor(name: string, cause: unknown) {
    super(`STATS_TIME_ZONE is ${name}, and this PostgreSQL server has no time zone of that name.`, {
      cause,
      help: 'Set it to a name of the IANA database such as Asia/Bangkok: SELECT name FROM pg_timezone_names lists those of the server.',
    });
  }
}

/** The search path leads to the tables of an application whose statistics are not those that this database keeps. */
export class OtherApplicationError extends failure('other-application') {
  constructor(kept: string, reached: string) {
    super(
      `The statistics in this database are those of the application in the schema "${kept}", but the search path leads to the schema "${reached}".`,
      {
        help:
          `For "${kept}": take search_path out of DATABASE_URL, or ALTER ROLE ... SET search_path so that it comes first. ` +
          'A second application needs a database of its own.',
      },
    );
  }
}

/** A newer version of this program computes these statistics; an older one leaves them alone (rolling upgrades). */
export class SupersededError extends failure('superseded') {}

/** The service's role lacks a right that its work needs; `help` has the statement that gives it. */
export class MissingRightError extends failure('missing-right') {}

/** A refresh that a reader or an operator waited for did not finish in time. */
export class RefreshTimeoutError extends failure('refresh-timeout') {}

/** A message repeats no more than this of an unknown name. */
const ECHOED_CHARACTERS = 100;

/**
 * Keys, names or ids that nothing has; `nearest` is the known one most similar to the first.
 * @param kind what they were to name, with a blank behind it: `project `
 */
export class UnknownScopeError extends failure('unknown-scope') {
  /** A cache key, where `nearest` is one. */
  readonly nearest: string | undefined;

  constructor(unknown: readonly string[], nearest?: string, kind = '') {
    const echoed = unknown.map((name) =>
      JSON.stringify(name.length > ECHOED_CHARACTERS ? `${name.slice(0, ECHOED_CHARACTERS)}…` : name),
    );
    const advice = nearest ? ` Did you mean ${JSON.stringify(nearest)}?` : '';
    super(`There is no ${kind}${echoed.join(', ')}.${advice}`);
    this.nearest = nearest;
  }
}

/** PostgreSQL cannot store a value that was sent here. */
export class UnstorableError extends failure('unstorable') {}

/** A node could not reach the revision that a reader asked for within its time. */
export class RevisionNotReachedError extends failure('revision-not-reached') {}

/** "DashboardStatsCache"."Version" cannot count any further. */
export class RevisionsExhaustedError extends failure('revisions-exhausted') {
  constructor() {
    super('Every revision that fits into the integer column "Version" of "DashboardStatsCache" is used.', {
      help: 'Stop all nodes, empty dashboard_stats.documents, delete our rows from the table, and set dashboard_stats.state to revision = 0 with a new epoch.',
    });
  }
}

/** Demo data was asked for in a database that has projects. */
export class DemoRefusedError extends failure('demo-refused') {
  constructor() {
    super(
      'Demo data goes only into a database without projects, and this one has some. Nothing was changed.',
      { help: 'Create an empty database, migrate it, and name it in DATABASE_URL.' },
    );
  }
}

/** A change by demo-change was asked for in another database. */
export class NotTheDemoError extends failure('not-the-demo') {
  constructor(why: string) {
    super(`demo-change changes projects of the embedded demo only. ${why} Nothing was changed.`, {
      help: 'Unset DATABASE_URL, and start the demo first: dashboard-stats serve',
    });
  }
}

/** The address to listen on is taken or not ours. */
export class AddressInUseError extends failure('address-in-use') {}
