/**
 * Where our statements look for the application's tables: first in the schema that was migrated, which the state row names (sql/015),
 * whatever the search path of the role leads to.
 */
import { OtherApplicationError } from '../errors.ts';
import type { Tx } from './connection.ts';
import { failureKind } from './failures.ts';

/**
 * The search path for transactions; undefined where the database does not say so: the role's own. `tx` has the role's own.
 *
 * @throws OtherApplicationError where it leads to another application than the one whose statistics are kept
 */
export async function readSearchPath(tx: Tx): Promise<readonly string[] | undefined> {
  const [state] = await tx<{ kept: string; reached: string | null; path: string[] }[]>`
    SELECT application_schema AS kept,
      -- The application's own triggers may need the rest of it.
      to_json(application_schema::name || current_schemas(false)) AS path,
      coalesce(
        (SELECT nspname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
         WHERE pg_class.oid = to_regclass('"Projects"')),
        -- Named in DATABASE_URL itself.
        (SELECT current_schema() FROM pg_settings WHERE name = 'search_path' AND source = 'client')) AS reached
    FROM dashboard_stats.state`;
  if (state?.reached && state.reached !== state.kept)
    throw new OtherApplicationError(state.kept, state.reached);
  return state?.path;
}

/** It is not migrated, or this role has no rights yet: who asks for more is told so. */
export function hasNoSearchPath(error: unknown): undefined {
  if (['missing', 'forbidden'].includes(String(failureKind(error)))) return undefined;
  throw error;
}
