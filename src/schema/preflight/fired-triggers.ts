import type { Db } from '../../db/connection.ts';
import type { Check } from '../check.ts';
import { identifier } from '../statement.ts';

/** The columns that an UPDATE of fill-inverters.ts and of sql/002 names. */
const WRITTEN = ['Inverter125kw', 'Inverter80kw', 'Inverter60kw', 'Inverter40kw'];

/**
 * The application's own triggers that fire when null inverter counts become 0: what they write besides (an UpdatedAt, an
 * audit table) only a rollback to a dump takes back. `rows` are the projects that will be written.
 */
export async function checkFiredTriggers(db: Db, schema: string, rows: number): Promise<Check> {
  const name = 'triggers that fire';
  // Bit 16 of tgtype: on UPDATE; bit 1: for each row, bit 2: before.
  const triggers = await db<{ name: string; always: boolean; what: string }[]>`
    SELECT tgname AS name, tgenabled = 'A' AS always,
      format('%I (%s UPDATE, for each %s, %s.%s)', tgname, CASE WHEN tgtype & 2 > 0 THEN 'BEFORE' ELSE 'AFTER' END,
        CASE WHEN tgtype & 1 > 0 THEN 'row' ELSE 'statement' END, quote_ident(nspname), quote_ident(proname)) AS what
    FROM pg_trigger
    JOIN pg_proc ON pg_proc.oid = tgfoid
    JOIN pg_namespace ON pg_namespace.oid = pronamespace
    WHERE tgrelid = format('%I."Projects"', ${schema}::text)::regclass
      AND NOT tgisinternal AND nspname <> 'dashboard_stats' AND tgenabled IN ('O', 'A') AND tgtype & 16 > 0
      AND (cardinality(tgattr::int2[]) = 0 OR EXISTS (
        SELECT FROM pg_attribute
        WHERE attrelid = tgrelid AND attnum = ANY(tgattr::int2[]) AND attname = ANY(${WRITTEN})))
    ORDER BY tgname`;
  if (rows === 0) return { name, status: 'ok', detail: 'No null inverter count is left to fill.' };
  if (triggers.length === 0)
    return {
      name,
      status: 'ok',
      detail: 'The application has none that fires when null inverter counts become 0.',
    };
  const table = identifier(schema, 'Projects');
  const alter = (change: (always: boolean) => string) =>
    triggers
      .map((one) => `ALTER TABLE ${table} ${change(one.always)} TRIGGER ${identifier(one.name)};`)
      .join('\n');
  const disable = alter(() => 'DISABLE');
  const enable = alter((always) => (always ? 'ENABLE ALWAYS' : 'ENABLE'));
  return {
    name,
    status: 'warning',
    detail:
      `Null inverter counts of ${rows.toLocaleString('en')} projects become 0 by UPDATE, which fires ` +
      `${triggers.map((one) => one.what).join(', ')}. What they write then, only a rollback to a dump takes back.`,
    advice:
      'See what they do. Where it must not happen, stop the application, run this, migrate, and enable them again:\n' +
      `${disable}\n-- after migrate:\n${enable}`,
  };
}
