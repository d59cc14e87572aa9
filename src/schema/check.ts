/** What can be done about a finding, apart by who can do it, so that a script need not guess. */
export interface Remedy {
  /** In words, for a person: to decide or to fill in. */
  advice?: string | undefined;
  /** One line for a shell. */
  command?: string | undefined;
  /** Statements as they are run: of verify, those that repair it. */
  sql?: string | undefined;
}

/** One finding of preflight, verify or doctor. */
export interface Check extends Remedy {
  /** What was checked. */
  name: string;
  /** warning: the work can go on, and somebody should know. failed: it cannot, or the database is not as it must be. */
  status: 'ok' | 'warning' | 'failed';
  /** What was found, as sentences. */
  detail: string;
}

/** Advice, command and sql, in this order, without those that are undefined. */
export function remedyOf({ advice, command, sql }: Remedy): Remedy {
  return Object.fromEntries(
    Object.entries({ advice, command, sql }).filter(([, text]) => text !== undefined),
  );
}

/** @param remedy what can be done about it */
export function check(name: string, status: Check['status'], detail: string, remedy: Remedy = {}): Check {
  return { name, status, detail, ...remedyOf(remedy) };
}
