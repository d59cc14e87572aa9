import type { Db } from '../db/connection.ts';

/** The schema that "Projects" lies in, wherever it stands on the search path; without one, where it would be made. */
export async function applicationSchema(db: Db): Promise<string> {
  const [row] = await db<{ schema: string | null }[]>`
    SELECT coalesce(
      (SELECT nspname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
       WHERE pg_class.oid = to_regclass('"Projects"')),
      current_schema()) AS schema`;
  return row?.schema ?? 'public';
}
