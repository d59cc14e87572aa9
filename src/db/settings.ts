/**
 * The only place that says what our statements take for granted of their session. Whoever runs the server may have set each of these
 * otherwise, for our role, our database or all of them, and behind a pooler no session is ours: so every transaction states them.
 *
 * Not among them is default_transaction_read_only: who set it means it.
 */

/** By name; a list where the setting is one. 0 stands for no timeout. */
export type Settings = Readonly<Record<string, string | readonly string[]>>;

const SETTINGS: Settings = {
  // What the server writes, and this program or the comparison of schemas reads.
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  extra_float_digits: '1',
  quote_all_identifiers: 'off',
  // What this program writes.
  array_nulls: 'on',
  standard_conforming_strings: 'on',
  // A policy that would hide rows from us is an error of the server then, and no wrong figure.
  row_security: 'off',
  // Bounds of others would cut off a rebuild or a migration.
  statement_timeout: '0',
  lock_timeout: '0',
  // A client that is frozen or cut off cannot end its transaction, and would hold its locks: the server ends it.
  idle_in_transaction_session_timeout: '10s',
};

/** Since version 17: one of the role's runs from BEGIN on, and 0 stops it. */
const SINCE_17: Settings = { transaction_timeout: '0' };

/** @param serverVersion as the server said when it was connected to: `18.4`, `17.2 (Debian ...)` */
export function settingStatements(serverVersion: string, own: Settings): string {
  const all = { ...SETTINGS, ...(Number.parseInt(serverVersion, 10) >= 17 ? SINCE_17 : {}), ...own };
  return Object.entries(all)
    .map(([name, value]) => `SET LOCAL ${name} = ${[value].flat().map(literal).join(', ')};`)
    .join('\n');
}

const literal = (value: string) => `'${value.replaceAll("'", "''")}'`;
