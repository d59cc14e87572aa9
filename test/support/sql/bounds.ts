import type { Sql } from '../../../src/db/connection.ts';

/** Notes the bounds of each transaction that writes documents from now on; returns what reads them. */
export async function noteBounds(sql: Sql): Promise<() => Promise<object[]>> {
  await sql.unsafe(`
    CREATE TABLE bounds (statement text, lock text);
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN INSERT INTO public.bounds VALUES (current_setting('statement_timeout'), current_setting('lock_timeout'));
      RETURN NULL; END $$;
    CREATE TRIGGER note AFTER UPDATE ON "DashboardStatsCache" FOR EACH STATEMENT EXECUTE FUNCTION note()`);
  return () => sql`SELECT statement, lock FROM bounds`;
}
