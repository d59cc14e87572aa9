/** What can be done about a finding, apart by who can do it, so that a script need not guess. */
export interface Remedy {
  /** In words, for a person: to decide or to fill in. */
  advice?: string;
  /** One line for a shell. */
  command?: string;
  /** Statements as they are run: of verify, those that repair it. */
  sql?: string;
}

/** One finding of preflight or verify. */
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
